import { type inventoryV1 } from '@floodgate/contracts';
import { PoolLevel } from './pool-level';

const level = (more: Partial<inventoryV1.StockLevel> = {}): inventoryV1.StockLevel => ({
  campaignId: 'c',
  poolId: 'p',
  version: '1',
  stock: 100,
  free: 0,
  inTransit: 0,
  final: false,
  lifeMs: 1_500,
  ...more,
});

describe('PoolLevel', () => {
  let pool: PoolLevel;

  beforeEach(() => {
    pool = new PoolLevel(2);
  });

  it('lets grabs through while nothing is known', () => {
    expect(pool.soldOut(0)).toBeUndefined();
    expect(pool.shown(0)).toBeUndefined();
  });

  describe('what inventory tells', () => {
    it('is sold out for now as long as the level lives, and then unknown again', () => {
      pool.hear(level(), 1_000);
      expect(pool.soldOut(2_499)).toBe('SOLD_OUT_FOR_NOW');
      expect(pool.soldOut(2_500)).toBeUndefined();
      expect(pool.shown(2_500)).toBeUndefined();
    });

    it('lives on when the same is told again', () => {
      pool.hear(level(), 0);
      pool.hear(level(), 1_400);
      expect(pool.soldOut(2_800)).toBe('SOLD_OUT_FOR_NOW');
    });

    it('is taken back when units return', () => {
      pool.hear(level(), 0);
      pool.hear(level({ version: '2', free: 1 }), 10);
      expect(pool.soldOut(11)).toBeUndefined();
    });

    it('is not sold out while units are on their way between shards', () => {
      pool.hear(level({ inTransit: 3 }), 0);
      expect(pool.soldOut(1)).toBeUndefined();
    });

    it.each([
      ['sold out', level({ version: '4', free: 0 }), undefined],
      ['units', level({ version: '4', free: 9 }), 'SOLD_OUT_FOR_NOW'],
    ])('does not go back to older news of %s, nor renews by it', (_, older, then) => {
      pool.hear(level({ version: '5', free: then === undefined ? 7 : 0 }), 0);
      pool.hear(older, 1_000);
      expect(pool.soldOut(1_001)).toBe(then);
      expect(pool.soldOut(1_501)).toBeUndefined();
      expect(pool.shown(1_501)).toBeUndefined();
    });

    it('is final for ever once it is final', () => {
      pool.hear(level({ final: true }), 0);
      pool.hear(level({ version: '9', free: 5 }), 1);
      expect(pool.soldOut(1e9)).toBe('SOLD_OUT');
    });
  });

  describe('what answers say', () => {
    it('counts for the pool only when every shard has said so', () => {
      pool.learn(0, 'SOLD_OUT_FOR_NOW', 0, 1_000);
      expect(pool.soldOut(1)).toBeUndefined();
      pool.learn(1, 'SOLD_OUT_FOR_NOW', 400, 1_000);
      expect(pool.soldOut(999)).toBe('SOLD_OUT_FOR_NOW');
      expect(pool.soldOut(1_000)).toBeUndefined();
    });

    it('is renewed by further answers', () => {
      for (const now of [0, 600]) for (const shard of [0, 1]) pool.learn(shard, 'SOLD_OUT_FOR_NOW', now, 1_000);
      expect(pool.soldOut(1_500)).toBe('SOLD_OUT_FOR_NOW');
    });

    it('is final when every shard has said so finally', () => {
      pool.learn(0, 'SOLD_OUT', 0, 1_000);
      pool.learn(0, 'SOLD_OUT', 0, 1_000);
      pool.learn(1, 'SOLD_OUT_FOR_NOW', 0, 1_000);
      expect(pool.soldOut(1)).toBe('SOLD_OUT_FOR_NOW');
      pool.learn(1, 'SOLD_OUT', 1, 1_000);
      expect(pool.soldOut(1e9)).toBe('SOLD_OUT');
    });

    it('is forgotten when inventory tells of units, also for shards that speak again', () => {
      for (const shard of [0, 1]) pool.learn(shard, 'SOLD_OUT_FOR_NOW', 0, 1_000);
      pool.hear(level({ free: 2 }), 10);
      expect(pool.soldOut(11)).toBeUndefined();
      pool.learn(0, 'SOLD_OUT_FOR_NOW', 20, 1_000);
      expect(pool.soldOut(21)).toBeUndefined();
    });

    it('is forgotten when inventory tells of units, also what was said finally', () => {
      pool.learn(0, 'SOLD_OUT', 0, 1_000);
      pool.hear(level({ free: 2 }), 10);
      pool.learn(1, 'SOLD_OUT', 20, 1_000);
      expect(pool.soldOut(21)).toBeUndefined();
    });

    it('of a shard that the pool has not is no news', () => {
      pool.learn(7, 'SOLD_OUT', 0, 1_000);
      expect(pool.soldOut(1)).toBeUndefined();
    });
  });

  it.each([
    [100, 100, 'PLENTY', 100],
    [100, 11, 'PLENTY', 11],
    [100, 10, 'FEW', 10],
    [100, 1, 'FEW', 10],
    [25, 3, 'FEW', 3],
    [4, 2, 'PLENTY', 2],
    [1, 1, 'FEW', 1],
    [100, 0, 'NONE', 0],
  ])('of %i units with %i free shows %s, %i', (stock, free, availability, remaining) => {
    pool.hear(level({ stock, free }), 0);
    expect(pool.shown(1)).toEqual({ availability, remaining });
  });

  it('shows few while the last units are between shards', () => {
    pool.hear(level({ free: 0, inTransit: 5 }), 0);
    expect(pool.shown(1)).toEqual({ availability: 'FEW', remaining: 10 });
  });
});
