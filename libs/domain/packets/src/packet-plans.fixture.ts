import { fen, sha256Hex } from '@floodgate/kernel';
import fc from 'fast-check';
import { type PacketTerms } from './packet-terms';

export interface CutPool {
  readonly stock: number;
  readonly terms: PacketTerms;
  readonly seed: string;
}

export const seeds = fc.integer().map((number) => sha256Hex(String(number)));
const stocks = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 600 }));
/** From one fen to the largest amount a campaign may name. */
const mins = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 10_000_000_000 }));
const spans = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 10_000_000_000 }));
/** Where the total lies between both bounds; the ends are pools that leave no choice. */
const shares = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));

/** Pools of mode random with bounds of every kind: one packet, min = max, the total at either bound. */
export const randomPools: fc.Arbitrary<CutPool> = fc
  .record({ stock: stocks, minFen: mins, spanFen: spans, share: shares, seed: seeds })
  .map(({ stock, minFen, spanFen, share, seed }) => ({
    stock,
    seed,
    terms: {
      mode: 'random',
      totalFen: fen(stock * minFen + Math.floor(stock * spanFen * share)),
      minFen: fen(minFen),
      maxFen: fen(minFen + spanFen),
    },
  }));

export const equalPools: fc.Arbitrary<CutPool> = fc
  .record({ stock: stocks, more: fc.integer({ min: 0, max: 1_000_000 }), seed: seeds })
  .map(({ stock, more, seed }) => ({
    stock,
    seed,
    terms: { mode: 'equal', totalFen: fen(stock + more), minFen: fen(0), maxFen: fen(0) },
  }));

export const levelPools: fc.Arbitrary<CutPool> = fc
  .record({
    levels: fc.array(
      fc.record({
        amountFen: fc.integer({ min: 1, max: 1_000_000 }).map((amount) => fen(amount)),
        count: fc.integer({ min: 1, max: 100 }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    seed: seeds,
  })
  .map(({ levels, seed }) => ({
    stock: levels.reduce((sum, { count }) => sum + count, 0),
    seed,
    terms: {
      mode: 'levels',
      totalFen: fen(levels.reduce((sum, { amountFen, count }) => sum + amountFen * count, 0)),
      minFen: fen(0),
      maxFen: fen(0),
      levels,
    },
  }));
