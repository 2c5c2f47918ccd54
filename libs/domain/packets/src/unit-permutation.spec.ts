import { keyedDraws, sha256Hex } from '@floodgate/kernel';
import fc from 'fast-check';
import { UnitPermutation } from './unit-permutation';

const permutationOf = (size: number, key: string) => new UnitPermutation(keyedDraws(sha256Hex(key)), size);

it('is one: every number comes out once, whatever the size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000 }), fc.string(), (size, key) => {
      const permutation = permutationOf(size, key);
      const seen = new Set<number>();
      for (let number = 0; number < size; number++) seen.add(permutation.at(number));
      expect(seen.size).toBe(size);
      expect([Math.min(...seen), Math.max(...seen)]).toEqual([0, size - 1]);
    }),
  );
});

// The keys are fixed, so the counts are always the same.
it.each([2, 3, 4, 5, 7, 12, 30])('sends each of %d numbers everywhere equally often', (size) => {
  const runs = 500 * size;
  const counts = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let run = 0; run < runs; run++) {
    const permutation = permutationOf(size, `run ${run}`);
    for (let number = 0; number < size; number++) {
      const row = counts[number];
      const to = permutation.at(number);
      if (row !== undefined) row[to] = (row[to] ?? 0) + 1;
    }
  }
  const expected = runs / size;
  for (const row of counts) {
    const chiSquared = row.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // Mean size - 1, variance twice that: five deviations off is no chance any more.
    expect(chiSquared).toBeLessThan(size - 1 + 5 * Math.sqrt(2 * size));
  }
});

it('hardly ever keeps neighbours together', () => {
  const size = 10_000;
  const permutation = permutationOf(size, 'neighbours');
  let together = 0;
  for (let number = 1; number < size; number++) {
    if (Math.abs(permutation.at(number) - permutation.at(number - 1)) === 1) together++;
  }
  // Two in a shuffled list of n are neighbours with chance 2 / n.
  expect(together).toBeLessThan(12);
});

it('computes one place of 10^8 without the others, and spreads the first over all', () => {
  const size = 100_000_000;
  const permutation = permutationOf(size, 'large');
  const places = Array.from({ length: 1_000 }, (_, number) => permutation.at(number));
  for (let tenth = 0; tenth < 10; tenth++) {
    const within = places.filter((place) => Math.floor((place / size) * 10) === tenth).length;
    expect(within).toBeGreaterThan(60);
    expect(within).toBeLessThan(140);
  }
});
