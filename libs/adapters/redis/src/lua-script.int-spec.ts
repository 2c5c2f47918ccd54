import { randomUUID } from 'node:crypto';
import { startRedis, startRedisCluster, type TestRedisServer, untilNoError } from '@floodgate/testing';
import { LuaScript } from './lua-script';
import { createRedis, type RedisClient } from './redis';

const write = () => new LuaScript(`return redis.call('SET', KEYS[1], ARGV[1]) -- ${randomUUID()}`);
const read = () => new LuaScript(`return redis.call('GET', KEYS[1]) -- ${randomUUID()}`);

const COMMAND_MS_MAX = 30_000;

async function connected(url: string): Promise<RedisClient> {
  const redis = createRedis(url, { commandTimeout: COMMAND_MS_MAX });
  redis.on('error', () => undefined);
  await redis.connect();
  return redis;
}

/** How often a command was sent to this server, and how often it failed there. */
async function countsOf({ admin }: TestRedisServer, command: string): Promise<{ calls: number; failed: number }> {
  const found = new RegExp(`cmdstat_${command}:calls=(\\d+).*failed_calls=(\\d+)`).exec(
    await admin.info('commandstats'),
  );
  return { calls: Number(found?.[1] ?? 0), failed: Number(found?.[2] ?? 0) };
}

describe('scripts on one server', () => {
  let server: TestRedisServer;
  let redis: RedisClient;
  let other: RedisClient;

  beforeEach(async () => {
    server = await startRedis();
    [redis, other] = [await connected(server.url), await connected(server.url)];
  });
  afterEach(async () => {
    redis.disconnect();
    other.disconnect();
    await server.stop();
  });

  /** Both at once, the second right behind the first. */
  const writeAndRead = async (writing: LuaScript, reading: LuaScript) => {
    const value = randomUUID();
    const [, found] = await Promise.all([writing.run(redis, ['key'], [value]), reading.run(redis, ['key'], [])]);
    return found === value;
  };

  it('are not overtaken by one that another client has taught the server', async () => {
    const [writing, reading] = [write(), read()];
    await reading.run(other, ['key'], []);
    expect(await writeAndRead(writing, reading)).toBe(true);
  });

  it('are not overtaken after SCRIPT FLUSH by one that was called since', async () => {
    const [writing, reading] = [write(), read()];
    expect(await writeAndRead(writing, reading)).toBe(true);
    await server.admin.script('FLUSH');
    await reading.run(redis, ['key'], []);
    expect(await writeAndRead(writing, reading)).toBe(true);
  });

  it('are not overtaken after a restart of the server', async () => {
    const [writing, reading] = [write(), read()];
    expect(await writeAndRead(writing, reading)).toBe(true);
    await server.kill();
    await server.start({ withoutData: true });
    for (const client of [redis, other]) await untilNoError('the server', () => client.ping());
    await reading.run(other, ['key'], []);
    expect(await writeAndRead(writing, reading)).toBe(true);
  });

  it('are sent by their text once', async () => {
    const writing = write();
    for (let i = 0; i < 5; i++) await writing.run(redis, ['key'], [i]);
    expect(await countsOf(server, 'eval')).toEqual({ calls: 1, failed: 0 });
    expect(await countsOf(server, 'evalsha')).toEqual({ calls: 4, failed: 0 });
  });
});

describe('scripts in a cluster', () => {
  it('are sent by their text once to each master', async () => {
    const cluster = await startRedisCluster({ masters: 3 });
    const redis = await connected(cluster.url);
    try {
      const writing = write();
      // Not drawn by chance: each master holds some.
      const keys = Array.from({ length: 30 }, (_, index) => `test:${index}`);
      for (let round = 0; round < 2; round++) for (const key of keys) await writing.run(redis, [key], [round]);
      for (const master of cluster.masters) expect(await countsOf(master, 'eval')).toEqual({ calls: 1, failed: 0 });
      const bySha = await Promise.all(cluster.masters.map((master) => countsOf(master, 'evalsha')));
      expect(bySha.map(({ failed }) => failed)).toEqual([0, 0, 0]);
      expect(bySha.reduce((sum, { calls }) => sum + calls, 0)).toBe(57);
    } finally {
      redis.disconnect();
      await cluster.stop();
    }
  });
});
