import * as fc from 'fast-check';
import { hash32, hashShare } from './hash';

/** The string whose UTF-16 code units, low byte first, are these bytes. Published vectors of MurmurHash3 are over bytes. */
function fromBytes(ascii: string): string {
  const units: number[] = [];
  for (let i = 0; i < ascii.length; i += 2) units.push(ascii.charCodeAt(i) | (ascii.charCodeAt(i + 1) << 8));
  return String.fromCharCode(...units);
}

const BUCKETS = 64;
const USERS = 64_000;

/** Pearson's chi-squared of the buckets' counts; its 99.99% point for 63 degrees of freedom is about 113. */
function chiSquared(counts: readonly number[]): number {
  const expected = USERS / BUCKETS;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function countsOf(bucketOf: (userNo: number) => number): number[] {
  const counts = new Array<number>(BUCKETS).fill(0);
  for (let userNo = 0; userNo < USERS; userNo += 1) {
    const bucket = bucketOf(userNo);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts;
}

describe('hash32', () => {
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['ab', 0x9747b28c, 0x74875592],
    ['abcd', 0x9747b28c, 0xf0478627],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['test', 0, 0xba6bd213],
    ['test', 0x9747b28c, 0x704b81dc],
  ])('of the bytes %p with seed %p is MurmurHash3', (bytes, seed, expected) => {
    expect(hash32(fromBytes(bytes), seed)).toBe(expected);
  });

  // Homes of users and sticky drops depend on these: a change moves everybody.
  it.each([
    ['user-1', 0, 2429978192],
    ['user-2', 0, 3434473920],
    ['用户一', 7, 2356452975],
  ])('of %p with seed %p never changes', (text, seed, expected) => {
    expect(hash32(text, seed)).toBe(expected);
  });

  it('is an unsigned 32-bit number for any text and seed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), (text, seed) => {
        const hash = hash32(text, seed);
        expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32).toBe(true);
        expect(hashShare(text, seed)).toBe(hash / 2 ** 32);
      }),
    );
  });

  it('spreads users who differ in a number evenly, by low bits, by share, and under any seed', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(chiSquared(countsOf((userNo) => hash32(`user-${userNo}`, seed) % BUCKETS))).toBeLessThan(160);
        expect(chiSquared(countsOf((userNo) => Math.floor(hashShare(`user-${userNo}`, seed) * BUCKETS)))).toBeLessThan(
          160,
        );
      }),
      { numRuns: 5, seed: 1 },
    );
  });

  it('forgets one window in the next: who is below a half in one is no likelier below it in another', () => {
    let both = 0;
    for (let userNo = 0; userNo < USERS; userNo += 1) {
      if (hashShare(`user-${userNo}`, 1) < 0.5 && hashShare(`user-${userNo}`, 2) < 0.5) both += 1;
    }
    expect(Math.abs(both / USERS - 0.25)).toBeLessThan(0.01);
  });
});
