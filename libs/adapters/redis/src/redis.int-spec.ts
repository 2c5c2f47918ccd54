import { randomUUID } from 'node:crypto';
import { startRedisCluster, SERVERS, type TestRedisCluster, until } from '@floodgate/testing';
import { LuaScript } from './lua-script';
import { createRedis, createSubscriber, type RedisClient } from './redis';

let cluster: TestRedisCluster;

beforeAll(async () => {
  cluster = await startRedisCluster({ masters: 3 });
}, 30_000);
afterAll(() => cluster.stop());

describe.each([
  ['one server', () => SERVERS.redisUrl],
  ['a cluster', () => cluster.url],
])('Redis: %s', (_, urlOf) => {
  let redis: RedisClient;

  beforeEach(async () => {
    redis = createRedis(urlOf());
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
    const redis = createRedis(cluster.url);
    await redis.connect();
    const [master] = cluster.masters;
    if (master === undefined) throw new Error('no master');
    const key = await keyOn(redis, master.port);
    await redis.incr(key);

    master.signal('SIGSTOP');
    const unanswered = redis.incr(key);
    await master.kill();
    await expect(unanswered).rejects.toThrow();
    await expect(redis.incr(key)).rejects.toThrow();

    await master.start();
    const value = await until('the server', () => redis.incr(key).catch(() => undefined));
    // What was unanswered was never read by the server that was stopped.
    expect(value).toBe(2);
    redis.disconnect();
  });

  it('gives up on a server that hangs, within the time limit', async () => {
    const redis = createRedis(cluster.url, { commandTimeout: 100 });
    await redis.connect();
    const [, master] = cluster.masters;
    if (master === undefined) throw new Error('no master');
    const key = await keyOn(redis, master.port);
    master.signal('SIGSTOP');
    try {
      await expect(redis.incr(key)).rejects.toThrow('timed out');
    } finally {
      master.signal('SIGCONT');
    }
    await until('the server', () => redis.ping().catch(() => false as const));
    redis.disconnect();
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
