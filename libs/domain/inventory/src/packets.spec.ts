import { packetCommitment } from '@floodgate/domain/packets';
import { fen } from '@floodgate/kernel';
import { amountOf, isSealed } from './packets';
import { type PacketPlan, type Pool } from './pool';

const terms = { mode: 'random', totalFen: fen(100_000), minFen: fen(1), maxFen: fen(5_000) } as const;

const planOf = (changes: Partial<PacketPlan>): PacketPlan => ({
  ...terms,
  seed: 'seed',
  commitment: '',
  authorSecret: '',
  approverSecret: '',
  ...changes,
});

const amounts = (packets: PacketPlan, stock: number) =>
  Array.from({ length: stock }, (_, unitNo) => amountOf({ stock, packets, price: undefined }, unitNo));

describe('amountOf', () => {
  it('is the packet of a packet pool, and the price of a sale', () => {
    const list = amounts(planOf({}), 100);
    expect(list.reduce((sum, amount) => sum + amount, 0)).toBe(100_000);
    const price = { priceFen: fen(990), payWithinMs: 1_000 };
    expect(amountOf({ stock: 5, packets: undefined, price }, 4)).toBe(990);
    expect(() => amountOf({ stock: 5, packets: undefined, price: undefined }, 4)).toThrow(RangeError);
  });

  it('is the same for every shard of a pool, though each has a plan of its own', () => {
    expect(amounts(planOf({}), 100)).toEqual(amounts(planOf({}), 100));
  });

  it('belongs to its own plan, also where another has the same seed', () => {
    const first = amounts(planOf({}), 100);
    expect(amounts(planOf({ totalFen: fen(200_000) }), 100)).not.toEqual(first);
    expect(amounts(planOf({}), 50)).not.toEqual(first.slice(0, 50));
    const levels = [{ amountFen: fen(1_000), count: 100 }];
    expect(new Set(amounts(planOf({ mode: 'levels', levels }), 100))).toEqual(new Set([1_000]));
    expect(amounts(planOf({}), 100)).toEqual(first);
  });

  it('comes back after many other pools', () => {
    const first = amounts(planOf({}), 10);
    for (let pool = 0; pool < 100; pool++) amounts(planOf({ seed: `seed ${pool}` }), 10);
    expect(amounts(planOf({}), 10)).toEqual(first);
  });
});

describe('isSealed', () => {
  const id = { campaignId: 'spring', poolId: 'cash', stock: 100 };
  const commitment = packetCommitment({ ...id, terms, seed: 'seed' });
  const pool: Pool = {
    ...id,
    shards: 1,
    strategy: 'sharded-counters',
    settlement: 'payout',
    packets: planOf({ commitment }),
    price: undefined,
    opensAtMs: 1,
    closesAtMs: 2,
  };

  it('holds for what was committed to and for nothing else', () => {
    expect(isSealed(pool)).toBe(true);
    expect(isSealed({ ...pool, packets: undefined })).toBe(true);
    expect(isSealed({ ...pool, stock: 99 })).toBe(false);
    expect(isSealed({ ...pool, packets: planOf({ commitment, seed: 'other' }) })).toBe(false);
    expect(isSealed({ ...pool, packets: planOf({}) })).toBe(false);
  });
});
