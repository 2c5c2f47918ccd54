import { createRedis, type RedisClient } from '@floodgate/adapters/redis';
import { type ProposeItem, type Proposal, type ShardId } from '@floodgate/domain/inventory';
import { startRedis, type TestRedisServer } from '@floodgate/testing';
import { LocalQuotaAdmission, type LocalQuotaOptions } from './local-quota';
import { RedisAdmission } from './redis-admission';

let server: TestRedisServer;
let redis: RedisClient;
let shards = 0;

beforeAll(async () => {
  // A server of its own: the commands that it counts are this suite's.
  server = await startRedis();
  redis = createRedis(server.url, { commandTimeout: 30_000 });
  await redis.connect();
  // The server knows all scripts, so that no call is made a second time with their text.
  const shard = newShard();
  await central().load(shard, 'load', units(1));
  await central().propose(shard, 'load', 1, [grab(0)]);
  await central().freeCount(shard, 'load');
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const central = () => new RedisAdmission(redis, { shards: 1, free: 'ranges' });
const localQuota = (options: Partial<LocalQuotaOptions> = {}) =>
  new LocalQuotaAdmission(central(), { buffer: 0, instances: 1, emptyForMs: 100, ...options });
const newShard = (): ShardId => ({ campaignId: `quota-${shards++}`, poolId: 'p', shardNo: 0 });
const grab = (n: number): ProposeItem => ({ userId: `u${n}`, grabId: `g${n}` });
const units = (stock: number) => ({ offset: 0, free: [{ from: 0, to: stock }], holders: [] });

/** Scripts that the server has run: each proposes the grabs of one call, asks for the free count, or loads a part. */
async function scriptsRun(): Promise<number> {
  const stats = await server.admin.info('commandstats');
  return [...stats.matchAll(/^cmdstat_(?:evalsha|eval):calls=(\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
}

function kinds(proposals: readonly Proposal[] | 'lost'): string[] {
  return proposals === 'lost' ? ['lost'] : proposals.map(({ kind }) => kind);
}

describe('local quota', () => {
  it.each([0, 0.1, 0.5])(
    'lets at most units x (1 + %p) and a constant number of 100,000 requests reach Redis, one a call',
    async (buffer) => {
      const STOCK = 1_000;
      // The steps of loading, and the refill that finds nothing.
      const CONSTANT = 10;
      const admission = localQuota({ buffer });
      const shard = newShard();
      const before = await scriptsRun();
      await admission.load(shard, 'load', units(STOCK));
      let proposed = 0;
      for (let from = 0; from < 100_000; from += 1_000) {
        const calls = Array.from({ length: 1_000 }, (_, n) => admission.propose(shard, 'load', 1, [grab(from + n)]));
        for (const answer of await Promise.all(calls)) proposed += Number(kinds(answer)[0] === 'proposed');
      }
      expect(proposed).toBe(STOCK);
      expect((await scriptsRun()) - before).toBeLessThanOrEqual(STOCK * (1 + buffer) + CONSTANT);
    },
  );

  it('without it, each request does: the counting above counts', async () => {
    const shard = newShard();
    await central().load(shard, 'load', units(10));
    const before = await scriptsRun();
    await Promise.all(Array.from({ length: 500 }, (_, n) => central().propose(shard, 'load', 1, [grab(n)])));
    expect((await scriptsRun()) - before).toBeGreaterThanOrEqual(500);
  });

  it('asks once for all that come while it asks, and not again while it knows that nothing is there', async () => {
    const admission = localQuota();
    const shard = newShard();
    await admission.load(shard, 'load', units(2));
    await admission.propose(shard, 'load', 1, [grab(0), grab(1)]);
    const before = await scriptsRun();
    await Promise.all(Array.from({ length: 50 }, (_, n) => admission.propose(shard, 'load', 2, [grab(10 + n)])));
    expect((await scriptsRun()) - before).toBeLessThanOrEqual(2);
    const asked = await scriptsRun();
    expect(kinds(await admission.propose(shard, 'load', 101, [grab(90)]))).toEqual(['none-free']);
    expect(await scriptsRun()).toBe(asked);
    await admission.propose(shard, 'load', 102, [grab(91)]);
    expect(await scriptsRun()).toBe(asked + 1);
  });

  it('leaves nothing unsold when others hold quota and are gone', async () => {
    const options = { instances: 3, emptyForMs: 0 };
    const [serving, ...gone] = [localQuota(options), localQuota(options), localQuota(options)];
    const shard = newShard();
    await serving.load(shard, 'load', units(100));
    for (const other of gone) await other.propose(shard, 'load', 1, [grab(1_000)]);
    let proposed = 0;
    for (let n = 0; n < 100; n++) {
      proposed += Number(kinds(await serving.propose(shard, 'load', 1, [grab(n)]))[0] === 'proposed');
    }
    // The gone ones asked for one person, who has one unit.
    expect(proposed).toBe(99);
  });

  it.each([
    ['ended', { kind: 'ended', userId: 'u0', grabId: 'g0', unitNo: 0 }],
    ['refused', { kind: 'refused', userId: 'u0', grabId: 'g0', unitNo: 0, unitFree: true }],
    ['voided', { kind: 'voided', userId: 'u0', grabId: 'g0' }],
    ['added', { kind: 'added', range: { from: 7, to: 8 } }],
  ] as const)('lets somebody in at once for a unit that came back: %s', async (kind, change) => {
    // A third of a unit is this instance's: it asks whether it can have it.
    const admission = localQuota({ instances: 3 });
    const shard = newShard();
    await admission.load(shard, 'load', units(1));
    await admission.propose(shard, 'load', 1, [grab(0)]);
    if (kind === 'ended') {
      const granted = { kind: 'granted', userId: 'u0', grabId: 'g0', unitNo: 0 } as const;
      await admission.apply(shard, 'load', { previousOffset: 0, offset: 1 }, [granted]);
    }
    expect(kinds(await admission.propose(shard, 'load', 1, [grab(1)]))).toEqual(['none-free']);
    const previousOffset = kind === 'ended' ? 1 : 0;
    await admission.apply(shard, 'load', { previousOffset, offset: previousOffset + 1 }, [change]);
    expect(kinds(await admission.propose(shard, 'load', 1, [grab(2), grab(3)]))).toEqual(['proposed', 'none-free']);
  });

  it('gives the person asking again the same answer, quota or not', async () => {
    const admission = localQuota();
    const shard = newShard();
    await admission.load(shard, 'load', units(1));
    const first = await admission.propose(shard, 'load', 1, [grab(0)]);
    expect(await admission.propose(shard, 'load', 1, [grab(1), grab(0)])).toEqual([{ kind: 'none-free' }, ...first]);
  });

  it('begins without quota under a load that another instance made, and asks what is left', async () => {
    const shard = newShard();
    await central().load(shard, 'load', units(3));
    const admission = localQuota();
    const answers = await admission.propose(shard, 'load', 1, [grab(0), grab(1), grab(2), grab(3)]);
    expect(kinds(answers)).toEqual(['proposed', 'proposed', 'proposed', 'none-free']);
    expect(kinds(await admission.propose(shard, 'other', 1, [grab(5)]))).toEqual(['lost']);
  });
});
