import { sha256Hex } from '@floodgate/kernel';
import fc from 'fast-check';
import { Shuffle, Shuffles } from './shuffle';

const openingOf = (frozen: number, seed: string) => ({ frozen, seed: sha256Hex(seed), atMs: 0 });

it('gives each arrival number one position: the early ones among themselves, the later ones as they came', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 0, max: 50 }),
      fc.string(),
      (frozen, later, seed) => {
        const shuffle = new Shuffle(openingOf(frozen, seed));
        const early = Array.from({ length: frozen }, (_, index) => shuffle.positionOf(index + 1));
        expect([...early].sort((a, b) => a - b)).toEqual(Array.from({ length: frozen }, (_, index) => index + 1));
        for (let arrival = frozen + 1; arrival <= frozen + later; arrival++) {
          expect(shuffle.positionOf(arrival)).toBe(arrival);
        }
      },
    ),
  );
});

// The seeds are fixed, so the counts are always the same.
it('sends whoever came first, in the middle and last everywhere equally often', () => {
  const frozen = 20;
  const runs = 6_000;
  const counts = [1, 10, 20].map((arrival) => ({ arrival, at: new Array<number>(frozen + 1).fill(0) }));
  for (let run = 0; run < runs; run++) {
    const shuffle = new Shuffle(openingOf(frozen, `run ${run}`));
    for (const { arrival, at } of counts) {
      const position = shuffle.positionOf(arrival);
      at[position] = (at[position] ?? 0) + 1;
    }
  }
  const expected = runs / frozen;
  for (const { at } of counts) {
    const chiSquared = at.slice(1).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // The 99.9% point for 19 degrees of freedom is 43.8.
    expect(chiSquared).toBeLessThan(43.8);
  }
});

it('tells of a hundred thousand early ones nothing by when they came', () => {
  const frozen = 100_000;
  const shuffle = new Shuffle(openingOf(frozen, 'large'));
  const firstTenth = Array.from({ length: frozen / 10 }, (_, index) => shuffle.positionOf(index + 1));
  const tenths = new Array<number>(10).fill(0);
  for (const position of firstTenth) {
    const tenth = Math.floor((position - 1) / (frozen / 10));
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  const chiSquared = tenths.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
  // The 99.9% point for 9 degrees of freedom is 27.9.
  expect(chiSquared).toBeLessThan(27.9);
});

it('is computed anew for another opening', () => {
  const shuffles = new Shuffles();
  const [one, other] = [openingOf(1_000, 'one'), openingOf(1_000, 'other')];
  const positions = (opening: typeof one) =>
    Array.from({ length: 20 }, (_, index) => shuffles.positionOf(index + 1, opening));
  const before = positions(one);
  expect(positions(other)).not.toEqual(before);
  expect(positions(one)).toEqual(before);
});
