import * as fc from 'fast-check';
import { fen } from '@floodgate/kernel';
import { packetAmount } from './packets';
import { type PacketPlan } from './pool';

const plans = fc
  .record({
    stock: fc.integer({ min: 1, max: 400 }),
    minFen: fc.integer({ min: 1, max: 50 }),
    spanFen: fc.integer({ min: 0, max: 2_000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.string(),
  })
  .map(({ stock, minFen, spanFen, share, seed }) => ({
    stock,
    plan: {
      mode: 'random',
      totalFen: fen(Math.floor(stock * (minFen + spanFen * share))),
      minFen: fen(minFen),
      maxFen: fen(minFen + spanFen),
      seed,
    } satisfies PacketPlan,
  }));

const amounts = (plan: PacketPlan, stock: number) =>
  Array.from({ length: stock }, (_, unitNo) => packetAmount(plan, stock, unitNo));

const sum = (list: readonly number[]) => list.reduce((total, amount) => total + amount, 0);

describe('packetAmount', () => {
  it('sums exactly to the pool and keeps every packet within its bounds', () => {
    fc.assert(
      fc.property(plans, ({ plan, stock }) => {
        const list = amounts(plan, stock);
        expect(sum(list)).toBe(plan.totalFen);
        expect(Math.min(...list)).toBeGreaterThanOrEqual(plan.minFen);
        expect(Math.max(...list)).toBeLessThanOrEqual(plan.maxFen);
      }),
    );
  });

  it('cuts equal packets that differ by one fen at most', () => {
    fc.assert(
      fc.property(plans, ({ plan, stock }) => {
        const list = amounts({ ...plan, mode: 'equal' }, stock);
        expect(sum(list)).toBe(plan.totalFen);
        expect(Math.max(...list) - Math.min(...list)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('depends on the seed', () => {
    const plan = { mode: 'random', totalFen: fen(100_000), minFen: fen(1), maxFen: fen(2_000), seed: 'a' } as const;
    expect(amounts(plan, 100)).toEqual(amounts({ ...plan }, 100));
    expect(amounts(plan, 100)).not.toEqual(amounts({ ...plan, seed: 'b' }, 100));
  });

  it('spreads around the mean rather than handing out the mean', () => {
    const plan = { mode: 'random', totalFen: fen(1_000_000), minFen: fen(1), maxFen: fen(5_000), seed: 's' } as const;
    const list = amounts(plan, 1_000);
    expect(list.filter((amount) => amount < 500).length).toBeGreaterThan(100);
    expect(list.filter((amount) => amount > 1_500).length).toBeGreaterThan(100);
    expect(new Set(list).size).toBeGreaterThan(300);
  });

  it('computes one amount of 10^8 units without the others', () => {
    const stock = 100_000_000;
    const plan = {
      mode: 'random',
      totalFen: fen(stock * 300),
      minFen: fen(1),
      maxFen: fen(20_000),
      seed: 's',
    } as const;
    expect(packetAmount(plan, stock, stock - 1)).toBeGreaterThanOrEqual(1);
  });

  it('refuses a unit that is not in the pool', () => {
    const plan = { mode: 'equal', totalFen: fen(10), minFen: fen(1), maxFen: fen(10), seed: '' } as const;
    expect(() => packetAmount(plan, 2, 2)).toThrow(RangeError);
    expect(() => packetAmount(plan, 2, -1)).toThrow(RangeError);
  });
});
