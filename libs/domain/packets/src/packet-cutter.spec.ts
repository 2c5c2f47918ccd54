import { fen, sha256Hex } from '@floodgate/kernel';
import fc from 'fast-check';
import { PacketCutter } from './packet-cutter';
import { type CutPool, equalPools, levelPools, randomPools, seeds } from './packet-plans.fixture';

const cutterOf = ({ terms, stock, seed }: CutPool) => new PacketCutter(terms, stock, seed);

function amountsOf(pool: CutPool): number[] {
  const cutter = cutterOf(pool);
  return Array.from({ length: pool.stock }, (_, unitNo) => cutter.amountOf(unitNo));
}

const sum = (list: readonly number[]): number => list.reduce((total, amount) => total + amount, 0);
const ascending = (list: readonly number[]): number[] => [...list].sort((one, other) => one - other);

describe('packets of every mode', () => {
  const pools = fc.oneof(randomPools, equalPools, levelPools);

  it('sum exactly to the pool, and none is negative', () => {
    fc.assert(
      fc.property(pools, (pool) => {
        const amounts = amountsOf(pool);
        expect(sum(amounts)).toBe(pool.terms.totalFen);
        expect(amounts.every((amount) => Number.isSafeInteger(amount) && amount > 0)).toBe(true);
      }),
    );
  });

  it('have each its own slot: the permutation leaves none out', () => {
    fc.assert(
      fc.property(pools, (pool) => {
        const cutter = cutterOf(pool);
        const slots = new Set(Array.from({ length: pool.stock }, (_, unitNo) => cutter.slotOf(unitNo)));
        expect(slots.size).toBe(pool.stock);
        expect(Math.max(...slots)).toBe(pool.stock - 1);
      }),
    );
  });

  it('do not depend on which were computed before', () => {
    fc.assert(
      fc.property(pools, fc.nat(), (pool, pick) => {
        const unitNo = pick % pool.stock;
        expect(cutterOf(pool).amountOf(unitNo)).toBe(amountsOf(pool)[unitNo]);
      }),
    );
  });

  it('are refused for a unit that is not in the pool', () => {
    fc.assert(
      fc.property(pools, (pool) => {
        for (const unitNo of [-1, pool.stock, NaN]) expect(() => cutterOf(pool).amountOf(unitNo)).toThrow(RangeError);
      }),
      { numRuns: 20 },
    );
  });
});

describe('packets of mode random', () => {
  it('keep every packet within its bounds', () => {
    fc.assert(
      fc.property(randomPools, (pool) => {
        const amounts = amountsOf(pool);
        expect(Math.min(...amounts)).toBeGreaterThanOrEqual(pool.terms.minFen);
        expect(Math.max(...amounts)).toBeLessThanOrEqual(pool.terms.maxFen);
      }),
      { numRuns: 300 },
    );
  });

  it('are others under another seed', () => {
    const pool = { ...MEAN_1000, stock: 100, seed: sha256Hex('one') };
    expect(amountsOf(pool)).toEqual(amountsOf({ ...pool }));
    expect(amountsOf(pool)).not.toEqual(amountsOf({ ...pool, seed: sha256Hex('other') }));
  });

  it('of the largest pools keep their bounds, and their slots apart', () => {
    const stock = 100_000_000;
    const terms = { mode: 'random', totalFen: fen(10_000_000_000_000), minFen: fen(1), maxFen: fen(900_000) } as const;
    const cutter = new PacketCutter(terms, stock, sha256Hex('large'));
    const slots = new Set<number>();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: stock - 1 }), (unitNo) => {
        expect(cutter.amountOf(unitNo)).toBeGreaterThanOrEqual(1);
        expect(cutter.amountOf(unitNo)).toBeLessThanOrEqual(900_000);
      }),
    );
    for (let unitNo = 0; unitNo < stock; unitNo += 20_000) slots.add(cutter.slotOf(unitNo));
    expect(slots.size).toBe(5_000);
  });
});

const MEAN_1000 = {
  stock: 1_000,
  terms: { mode: 'random', totalFen: fen(100_000), minFen: fen(1), maxFen: fen(100_000) },
} as const;

/** What docs/packets/README.md says of mode random. Seeds are fixed, so these are facts and not chances. */
describe('the spread of mode random, as documented', () => {
  interface Spread {
    readonly deviation: number;
    readonly largest: number;
    readonly belowMean: number;
  }

  /** Over many pools of one kind: the standard deviation and the largest packet as multiples of the mean. */
  function spreadOf(stock: number, meanFen: number, minFen: number, maxFen: number): Spread {
    const terms = { mode: 'random', totalFen: fen(stock * meanFen), minFen: fen(minFen), maxFen: fen(maxFen) } as const;
    const amounts = Array.from({ length: Math.ceil(20_000 / stock) }, (_, index) =>
      amountsOf({ stock, terms, seed: sha256Hex(`pool ${index}`) }),
    ).flat();
    const variance = sum(amounts.map((amount) => (amount - meanFen) ** 2)) / amounts.length;
    return {
      deviation: Math.sqrt(variance) / meanFen,
      largest: amounts.reduce((largest, amount) => Math.max(largest, amount), 0) / meanFen,
      belowMean: amounts.filter((amount) => amount < meanFen).length / amounts.length,
    };
  }

  it('two packets: each is anything up to twice the mean, all alike', () => {
    const { deviation, largest, belowMean } = spreadOf(2, 1_000, 1, 1_000_000);
    expect(deviation).toBeCloseTo(1 / Math.sqrt(3), 2);
    expect(largest).toBeLessThan(2);
    expect(belowMean).toBeCloseTo(0.5, 1);
  });

  it.each([10, 100, 1_000, 10_000])(
    '%d packets: deviation 0.7 to 0.85 of the mean, none above 10 times it',
    (stock) => {
      const { deviation, largest, belowMean } = spreadOf(stock, 1_000, 1, 1_000_000);
      expect(deviation).toBeGreaterThan(0.7);
      expect(deviation).toBeLessThan(0.85);
      expect(largest).toBeGreaterThan(3);
      expect(largest).toBeLessThan(10);
      expect(belowMean).toBeGreaterThan(0.55);
      expect(belowMean).toBeLessThan(0.62);
    },
  );

  it('a bound near the mean narrows the spread in the same measure, and no packet crowds at it', () => {
    const { deviation, belowMean } = spreadOf(1_000, 1_000, 900, 1_100);
    expect(deviation).toBeGreaterThan(0.05);
    expect(deviation).toBeLessThan(0.06);
    expect(belowMean).toBeCloseTo(0.5, 1);
    const terms = { mode: 'random', totalFen: fen(10_000_000), minFen: fen(900), maxFen: fen(1_100) } as const;
    const amounts = amountsOf({ stock: 10_000, terms, seed: sha256Hex('narrow') });
    expect(amounts.filter((amount) => amount === 900 || amount === 1_100).length).toBeLessThan(100);
  });
});

describe('packets of mode equal', () => {
  it('differ by one fen at most', () => {
    fc.assert(
      fc.property(equalPools, (pool) => {
        const amounts = amountsOf(pool);
        expect(Math.max(...amounts) - Math.min(...amounts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('give the fen left over to units of anywhere, not to the first', () => {
    const amounts = amountsOf({
      stock: 1_000,
      terms: { mode: 'equal', totalFen: fen(5_500), minFen: fen(0), maxFen: fen(0) },
      seed: sha256Hex('equal'),
    });
    const firstHalf = sum(amounts.slice(0, 500)) - 2_500;
    expect(firstHalf).toBeGreaterThan(200);
    expect(firstHalf).toBeLessThan(300);
  });
});

describe('packets of mode levels', () => {
  it('are as many of each amount as listed', () => {
    fc.assert(
      fc.property(levelPools, (pool) => {
        const listed = (pool.terms.levels ?? []).flatMap(({ amountFen, count }) =>
          Array<number>(count).fill(amountFen),
        );
        expect(ascending(amountsOf(pool))).toEqual(ascending(listed));
      }),
    );
  });

  it('put the one large packet anywhere', () => {
    const terms = {
      mode: 'levels',
      totalFen: fen(1_009),
      minFen: fen(0),
      maxFen: fen(0),
      levels: [
        { amountFen: fen(1_000), count: 1 },
        { amountFen: fen(1), count: 9 },
      ],
    } as const;
    const places = new Set<number>();
    fc.assert(
      fc.property(seeds, (seed) => {
        places.add(amountsOf({ stock: 10, terms, seed }).indexOf(1_000));
      }),
      { numRuns: 500 },
    );
    expect([...places].sort((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
