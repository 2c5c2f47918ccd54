import { randomUUID } from 'node:crypto';
import {
  startRedis,
  startRedisCluster,
  type TestRedisCluster,
  type TestRedisServer,
  until,
  untilNoError,
} from '@floodgate/testing';
import { LuaScript } from './lua-script';
import { createRedis, createSubscriber, type RedisClient } from './redis';

/** So long that only an answer that never comes meets it, however slow the machine. */
const PATIENCE = { commandTimeout: 30_000 };

let server: TestRedisServer;
let cluster: TestRedisCluster;

beforeAll(async () => {
  // Its own: whoever shares a server would find their scripts flushed.
  [server, cluster] = await Promise.all([startRedis(), startRedisCluster({ masters: 3 })]);
});
afterAll(() => Promise.all([server.stop(), cluster.stop()]));

describe.each([
  ['one server', () => server.url],
  ['a cluster', () => cluster.url],
])('Redis: %s', (_, urlOf) => {
  let redis: RedisClient;

  beforeEach(async () => {
    redis = createRedis(urlOf(), PATIENCE);
    await redis.connect();
  });
  afterEach(() => redis.disconnect());

  it('runs scripts on all servers, also when their script caches are emptied meanwhile', async () => {
    const script = new LuaScript(`return redis.call('INCRBY', KEYS[1], ARGV[1]) -- ${randomUUID()}`);
    const keys = Array.from({ length: 30 }, () => `test:${randomUUID()}`);
    const run = () => Promise.all(keys.map((key) => script.run(redis, [key], [2])));
    const flush = () =>
      'nodes' in redis ? Promise.all(redis.nodes('master').map((node) => node.script('FLUSH'))) : redis.script('FLUSH');
    const [first, , second, , third] = await Promise.all([run(), flush(), run(), flush(), run()]);
    expect([first, second, third]).toEqual([keys.map(() => 2), keys.map(() => 4), keys.map(() => 6)]);
    await Promise.all(keys.map((key) => redis.del(key)));
  });

  it('hands messages to subscribers', async () => {
    const subscriber = createSubscriber(urlOf());
    const messages: string[] = [];
    subscriber.on('message', (_channel: string, message: string) => messages.push(message));
    const channel = `test:${randomUUID()}`;
    await subscriber.connect();
    await subscriber.subscribe(channel);
    await until('the message', async () => {
      await redis.publish(channel, 'hello');
      return messages.includes('hello');
    });
    subscriber.disconnect();
  });

  it('tells what went wrong', async () => {
    const script = new LuaScript(`return redis.error_reply('WRONG as asked')`);
    await expect(script.run(redis, ['test:key'], [])).rejects.toThrow('WRONG as asked');
  });
});

describe('Redis: trouble in a cluster', () => {
  it('fails a command at once whose server broke off, sends none twice, and finds the server when it is back', async () => {
    const redis = createRedis(cluster.url, PATIENCE);
    await redis.connect();
    const [master] = cluster.masters;
    if (master === undefined) throw new Error('no master');
    const key = await keyOn(redis, master.port);
    // What is written every second may wait for the disk meanwhile, and be lost with the process.
    await master.admin.config('SET', 'appendfsync', 'always');
    await redis.incr(key);

    master.signal('SIGSTOP');
    const unanswered = expect(redis.incr(key)).rejects.toThrow();
    await master.kill();
    await unanswered;
    await expect(redis.incr(key)).rejects.toThrow();

    await master.start();
    const value = await untilNoError('the server', () => redis.incr(key));
    // What was unanswered was never read by the server that was stopped.
    expect(value).toBe(2);
    redis.disconnect();
  });

  it('gives up on a server that hangs, within the time limit', async () => {
    const hasty = createRedis(cluster.url, { commandTimeout: 1_000 });
    hasty.on('error', () => undefined);
    const redis = createRedis(cluster.url, PATIENCE);
    await redis.connect();
    const [, master] = cluster.masters;
    if (master === undefined) throw new Error('no master');
    const key = await keyOn(redis, master.port);
    // On a slow machine it gives up here too, and tries again by itself.
    await untilNoError('the hasty one is connected', async () => {
      if (hasty.status === 'wait') await hasty.connect();
      await hasty.incr(key);
    });
    master.signal('SIGSTOP');
    try {
      await expect(hasty.incr(key)).rejects.toThrow('timed out');
    } finally {
      master.signal('SIGCONT');
    }
    await untilNoError('the server', () => hasty.incr(key));
    for (const client of [hasty, redis]) client.disconnect();
  });
});

/** A key that this server of the cluster holds. */
async function keyOn(redis: RedisClient, port: number): Promise<string> {
  return until('a key of that server', async () => {
    const key = `test:${randomUUID()}`;
    const info = String(await redis.eval("return redis.call('INFO', 'server') .. KEYS[1]", 1, key));
    return info.includes(`tcp_port:${port}\r`) ? key : undefined;
  });
}
