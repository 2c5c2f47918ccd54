import { randomUUID } from 'node:crypto';
import { createRedis, type RedisClient } from '@floodgate/adapters/redis';
import { inPeace, MemoryLog, SERVERS, startRedis, type TestRedisServer, until } from '@floodgate/testing';
import { type CapMode, type CapsConfig, PlatformCaps } from './platform-caps';
import { RedisShareBoard } from './redis-share-board';
import { RedisTokenLender, TOKENS_KEPT_MS } from './redis-token-lender';

const CAP = 'sale/grab';
const PER_SECOND = 10_000;
/** No test sees the end of such a round. */
const ENDLESS_ROUND_MS = 1e12;

async function connected(url = SERVERS.redisUrl, commandTimeout = 30_000): Promise<RedisClient> {
  const redis = createRedis(url, { commandTimeout });
  redis.on('error', () => undefined);
  await redis.connect();
  return redis;
}

describe('RedisShareBoard', () => {
  let redis: RedisClient;
  beforeAll(async () => void (redis = await connected()));
  afterAll(() => redis.disconnect());

  const boardOf = (group: string, roundMs = ENDLESS_ROUND_MS) => new RedisShareBoard(redis, { group, roundMs });
  const report = { weight: 1, leaving: false, demand: { [CAP]: 0.5 } };

  it('shows everybody what everybody last told, by its own clock', async () => {
    const board = boardOf(`g-${randomUUID()}`);
    await board.exchange('a', report);
    const { nowMs, reports } = await board.exchange('b', { ...report, weight: 2 });
    const round = Math.floor(nowMs / ENDLESS_ROUND_MS);
    expect([...reports]).toEqual([
      ['a', { ...report, round }],
      ['b', { ...report, weight: 2, round }],
    ]);
  });

  it('keeps the first table that a round is given, whoever comes later', async () => {
    const board = boardOf(`g-${randomUUID()}`);
    const { nowMs } = await board.exchange('a', report);
    const round = Math.floor(nowMs / ENDLESS_ROUND_MS);
    const first = { members: { a: { weight: 1, heardInRound: round } }, shares: {} };
    expect(await board.propose({ round, table: first })).toEqual(first);
    expect(await board.propose({ round, table: { members: {}, shares: {} } })).toEqual(first);
    expect((await board.exchange('a', report)).current).toEqual(first);
  });

  it('forgets what a server with a clock that was ahead has left', async () => {
    const group = `g-${randomUUID()}`;
    const board = boardOf(group);
    const round = Math.floor((await board.exchange('a', report)).nowMs / ENDLESS_ROUND_MS);
    await redis.hset(`caps:{${group}}:reports`, 'gone', `${round + 2} ${JSON.stringify(report)}`);
    const table = { members: {}, shares: {} };
    await redis.hset(`caps:{${group}}:tables`, round + 2, JSON.stringify(table));
    await board.propose({ round, table });
    await board.exchange('a', report);
    expect([...(await board.exchange('a', report)).reports.keys()]).toEqual(['a']);
    expect(await redis.hkeys(`caps:{${group}}:tables`)).toEqual([String(round)]);
  });

  it('keeps groups apart', async () => {
    await boardOf(`g-${randomUUID()}`).exchange('a', report);
    const { reports } = await boardOf(`g-${randomUUID()}`).exchange('b', report);
    expect([...reports.keys()]).toEqual(['b']);
  });
});

describe('RedisTokenLender', () => {
  let redis: RedisClient;
  beforeAll(async () => void (redis = await connected()));
  afterAll(() => redis.disconnect());

  it('never lends more than the quota, however many ask at once, and all of it', async () => {
    const bucket = 17_000_000_000;
    const lendAll = async () => {
      const group = `g-${randomUUID()}`;
      const lenders = Array.from(
        { length: 8 },
        (_, i) => new RedisTokenLender(redis, { group, instanceId: `i${i}`, shards: 4 }),
      );
      const given = await Promise.all(
        Array.from(
          { length: 400 },
          (_, i) => lenders[i % 8]?.lease(CAP, bucket, 1_003, 1 + (i % 7)) ?? Promise.resolve(0),
        ),
      );
      const more = [
        await lenders[0]?.lease(CAP, bucket, 1_003, 1),
        // Another bucket, and another cap, have tokens of their own.
        await lenders[0]?.lease(CAP, bucket + 1, 1_003, 10),
        await lenders[0]?.lease('other/grab', bucket, 1_003, 10),
      ];
      return { all: given.reduce((sum, count) => sum + count, 0), more };
    };
    // A bucket's count is kept for a while only: of one for which that was too long nothing can be said.
    const lent = await until('a bucket that was lent before it was forgotten', async () => {
      const fromMs = performance.now();
      const found = await lendAll();
      return performance.now() - fromMs < TOKENS_KEPT_MS && found;
    });
    expect(lent).toEqual({ all: 1_003, more: [0, 10, 10] });
  });
});

describe.each<CapMode>(['share', 'bucket'])('PlatformCaps, mode %s', (mode) => {
  const running: { caps: PlatformCaps; redis: RedisClient }[] = [];
  const log = new MemoryLog();

  const start = async (id: string, group: string, more: Partial<CapsConfig> & { url?: string } = {}) => {
    const { url, ...config } = more;
    // As long as an instance waits: it goes on alone after that.
    const redis = await connected(url, 1_000);
    const members: number[] = [];
    const caps = new PlatformCaps({
      instanceId: id,
      redis,
      log,
      onMembers: (count) => members.push(count),
      config: {
        CAP_MODE: mode,
        CAP_GROUP: group,
        CAP_WEIGHT: 1,
        CAP_ROUND_MS: 200,
        CAP_TTL_MS: 400,
        CAP_SHARDS: 4,
        INSTANCE_COUNT: 2,
        ...config,
      },
    });
    caps.start();
    running.push({ caps, redis });
    return { caps, members, last: () => members[members.length - 1] };
  };

  afterEach(async () => {
    for (const { caps, redis } of running.splice(0)) {
      redis.disconnect();
      await caps.stop();
    }
  });

  /** How many of many requests get through each of them, in the 300 ms of virtual time from now on. */
  const takeFrom = async (all: readonly PlatformCaps[]) => {
    const taken = all.map(() => 0);
    const fromMs = performance.now();
    for (let i = 0; i < 600; i += 1) {
      for (let n = 0; n < 10; n += 1) {
        all.forEach((caps, no) => {
          if (caps.take(CAP, PER_SECOND, fromMs + i / 2)) taken[no] = (taken[no] ?? 0) + 1;
        });
      }
      // Leases are answered between requests.
      if (mode === 'bucket') await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return taken;
  };
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const seated = async (...all: { caps: PlatformCaps; last: () => number | undefined }[]) => {
    for (const { last } of all) await until('all know of each other', () => last() === all.length);
    for (const { caps } of all) await until('it has a share', () => caps.take('warm/grab', 1_000_000));
  };

  it('lets two instances through the cap together, and no more', async () => {
    // While both stand still their seats and tokens run out.
    const taken = await inPeace('what two let through', async () => {
      const group = `g-${randomUUID()}`;
      const [a, b] = [await start('a', group), await start('b', group)];
      await seated(a, b);
      return takeFrom([a.caps, b.caps]);
    });
    // 300 ms of virtual time touch 4 buckets at most.
    expect(sum(taken)).toBeLessThanOrEqual((PER_SECOND / 10) * 4 * 1.02);
    expect(sum(taken)).toBeGreaterThan((PER_SECOND / 10) * 1.9);
    expect(Math.min(...taken)).toBeGreaterThan(0);
  });

  it('turns people away with a time to come back, and everybody at a cap of 0', async () => {
    const a = await start('a', `g-${randomUUID()}`);
    await seated(a);
    expect(a.caps.take(CAP, 0)).toBe(false);
    for (let i = 0; i < 3_000; i += 1) a.caps.take(CAP, 100);
    const pollAfterMs = a.caps.pollAfterMs(CAP, 100);
    expect(pollAfterMs).toBeGreaterThan(1_000);
    expect(pollAfterMs).toBeLessThanOrEqual(20_000);
  });

  it('gives its share back when it stops', async () => {
    const group = `g-${randomUUID()}`;
    const [a, b] = [await start('a', group), await start('b', group)];
    await seated(a, b);
    await b.caps.stop();
    await until('the other has it all', () => a.last() === 1);
  });

  it('goes on with an even share when Redis dies, and comes back to the others', async () => {
    const server: TestRedisServer = await startRedis();
    try {
      const group = `g-${randomUUID()}`;
      const [a, b] = [await start('a', group, { url: server.url }), await start('b', group, { url: server.url })];
      await seated(a, b);
      await server.kill();
      await until('a takes again', () => a.caps.take(CAP, PER_SECOND));
      const taken = await takeFrom([a.caps, b.caps]);
      expect(Math.max(...taken)).toBeLessThanOrEqual((PER_SECOND / 20) * 4 * 1.02);
      expect(sum(taken)).toBeGreaterThan((PER_SECOND / 10) * 1.9);
      for (const { redis } of running) expect(redis.listenerCount('ready')).toBeLessThanOrEqual(2);
      await server.start({ withoutData: true });
      await seated(a, b);
    } finally {
      await server.stop();
    }
  });

  it('takes no more than its part of the configured count when Redis was never there', async () => {
    const redis = createRedis('redis://127.0.0.1:1');
    redis.on('error', () => undefined);
    const caps = new PlatformCaps({
      instanceId: 'a',
      redis,
      log,
      config: {
        CAP_MODE: mode,
        CAP_GROUP: 'none',
        CAP_WEIGHT: 1,
        CAP_ROUND_MS: 200,
        CAP_TTL_MS: 400,
        CAP_SHARDS: 4,
        INSTANCE_COUNT: 4,
      },
    });
    caps.start();
    running.push({ caps, redis });
    await until('it takes', () => caps.take(CAP, PER_SECOND));
    const [taken = 0] = await takeFrom([caps]);
    expect(taken).toBeGreaterThan((PER_SECOND / 40) * 1.9);
    expect(taken).toBeLessThanOrEqual((PER_SECOND / 40) * 4 * 1.02);
  });
});
