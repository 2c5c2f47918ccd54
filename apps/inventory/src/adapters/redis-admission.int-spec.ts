import { createRedis, type RedisClient } from '@floodgate/adapters/redis';
import { type Admission, type AdmissionStrategy, type ProposeItem } from '@floodgate/domain/inventory';
import { admissionContract } from '@floodgate/domain/inventory/testing';
import { SERVERS, startRedisCluster, type TestRedisCluster } from '@floodgate/testing';
import { Admissions } from './admissions';

const SHARDS = 64;
const STRATEGIES = ['sharded-counters', 'unit-queue', 'local-quota'] as const satisfies AdmissionStrategy[];

/** So long that only an answer that never comes meets it, however slow the machine. */
const PATIENCE = { commandTimeout: 30_000 };

let cluster: TestRedisCluster;
const clients = {} as Record<'one Redis' | 'a Redis Cluster', RedisClient>;

beforeAll(async () => {
  cluster = await startRedisCluster({ masters: 3 });
  clients['one Redis'] = createRedis(SERVERS.redisUrl, PATIENCE);
  clients['a Redis Cluster'] = createRedis(cluster.url, PATIENCE);
  await Promise.all(Object.values(clients).map((client) => client.connect()));
});
afterAll(async () => {
  for (const client of Object.values(clients)) client.disconnect();
  await cluster.stop();
});

function admission(redis: RedisClient, strategy: AdmissionStrategy, shards = SHARDS): Admission {
  return new Admissions(redis, { localQuota: { buffer: 0.1, instances: 1, emptyForMs: 0 } }).for({ strategy, shards });
}

for (const strategy of STRATEGIES) {
  admissionContract(`${strategy} in one Redis`, () => admission(clients['one Redis'], strategy));
  admissionContract(`${strategy} in a Redis Cluster`, () => admission(clients['a Redis Cluster'], strategy));
}

const shardOf = (name: string, shardNo = 0) => ({
  campaignId: `${name}-${process.pid}-${Date.now()}`,
  poolId: 'p',
  shardNo,
});
const grabs = (count: number, from = 0): ProposeItem[] =>
  Array.from({ length: count }, (_, index) => ({ userId: `u${from + index}`, grabId: `g${from + index}` }));

describe('sharded counters', () => {
  it.each(STRATEGIES)('spread over all masters, each shard in one slot: %s', async (strategy) => {
    const ofPool = admission(clients['a Redis Cluster'], strategy, 12);
    const { campaignId } = shardOf(`spread-${strategy}`);
    for (let shardNo = 0; shardNo < 12; shardNo++) {
      const shard = { campaignId, poolId: 'p', shardNo };
      await ofPool.load(shard, 'load', { offset: 0, free: [{ from: 0, to: 9 }], holders: [] });
      expect(await ofPool.propose(shard, 'load', 1, grabs(2))).toHaveLength(2);
    }
    const held = await Promise.all(
      cluster.masters.map(async ({ admin }) => (await admin.keys(`*${campaignId}*:meta`)).length),
    );
    expect(held).toEqual([4, 4, 4]);
  });

  it('count a range up instead of keeping its units', async () => {
    const redis = clients['one Redis'];
    const shard = shardOf('range');
    const counters = admission(redis, 'sharded-counters');
    await counters.load(shard, 'load', { offset: 0, free: [{ from: 0, to: 10 ** 9 }], holders: [] });
    await counters.propose(shard, 'load', 1, grabs(5));
    const [key = ''] = await redis.keys(`*${shard.campaignId}*:free`);
    expect(await redis.lrange(key, 0, -1)).toEqual(['5-1000000000']);
  });
});

describe('a unit queue', () => {
  it('holds every unit from the load on and pops them in order', async () => {
    const redis = clients['one Redis'];
    const shard = shardOf('queue');
    const queue = admission(redis, 'unit-queue');
    const free = [
      { from: 20_000, to: 32_000 },
      { from: 3, to: 5 },
    ];
    await queue.load(shard, 'load', { offset: 0, free, holders: [] });
    const [key = ''] = await redis.keys(`*${shard.campaignId}*:free`);
    expect(await redis.llen(key)).toBe(12_002);
    const proposals = await queue.propose(shard, 'load', 1, grabs(12_003));
    const expected = Array.from({ length: 12_000 }, (_, index) => 20_000 + index).concat(3, 4);
    expect(proposals).toEqual([...expected.map((unitNo) => ({ kind: 'proposed', unitNo })), { kind: 'none-free' }]);
  });
});

describe.each(['one Redis', 'a Redis Cluster'] as const)('a load into %s', (shape) => {
  it('of two that begin at once leaves one complete, and the other knows', async () => {
    const ofPool = admission(clients[shape], 'sharded-counters');
    const shard = shardOf('two-loads');
    const holders = Array.from({ length: 20_000 }, (_, n) => ({ userId: `h${n}`, grabId: 'g', unitNo: n }));
    const load = (loadId: string) => ofPool.load(shard, loadId, { offset: 1, free: [{ from: 0, to: 1 }], holders });
    const [first, second] = await Promise.all([load('first'), load('second')]);
    expect([first, second].sort()).toEqual(['lost', 'ok']);
    expect(await ofPool.present(shard)).toEqual({ loadId: first === 'ok' ? 'first' : 'second', offset: 1 });
  });

  it('of 100,000 holders is whole', async () => {
    const ofPool = admission(clients[shape], 'unit-queue');
    const shard = shardOf('many');
    const holders = Array.from({ length: 100_000 }, (_, n) => ({ userId: `h${n}`, grabId: 'g', unitNo: n }));
    const free = [{ from: 100_000, to: 100_001 }];
    expect(await ofPool.load(shard, 'load', { offset: 1, free, holders })).toBe('ok');
    const [held, held2, unit] = (await ofPool.propose(shard, 'load', 1, [
      { userId: 'h0', grabId: 'x' },
      { userId: 'h99999', grabId: 'x' },
      { userId: 'new', grabId: 'x' },
    ])) as readonly unknown[];
    expect([held, held2, unit]).toEqual([{ kind: 'held' }, { kind: 'held' }, { kind: 'proposed', unitNo: 100_000 }]);
  });
});
