import { homeShard, initialRange, type Pool } from '@floodgate/domain/inventory';
import { fen } from '@floodgate/kernel';
import { seatWinners } from './stock-log-filler';

const pool: Pool = {
  campaignId: 'c',
  poolId: 'p',
  stock: 100,
  shards: 2,
  strategy: 'sharded-counters',
  settlement: 'order',
  packets: undefined,
  price: { priceFen: fen(1), payWithinMs: 1 },
  opensAtMs: 0,
  closesAtMs: 1,
};

const people = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ userId: `u${index}`, grabId: `g${index}` }));

describe('seatWinners', () => {
  it('gives everybody a unit of their home shard, and none twice', () => {
    const winners = seatWinners(pool, people(60));
    expect(new Set(winners.map(({ unitNo }) => unitNo)).size).toBe(60);
    for (const { userId, shardNo, unitNo } of winners) {
      expect(shardNo).toBe(homeShard(pool, userId));
      const { from, to } = initialRange(pool, shardNo);
      expect(unitNo >= from && unitNo < to).toBe(true);
    }
  });

  it('refuses more than a shard has', () => {
    expect(() => seatWinners(pool, people(200))).toThrow('is used up');
  });
});
