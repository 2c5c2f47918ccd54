import { createRedis, type RedisClient } from '@floodgate/adapters/redis';
import { startRedis, type TestRedisServer, until } from '@floodgate/testing';
import { type Kafka, KafkaJSConnectionError } from 'kafkajs';
import { type Logger } from 'pino';
import { type Config } from './config';
import { StoreChecks } from './store-checks';

const DURABLE = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' };

/** A Kafka whose topics have these settings; each connection meets the next of these errors. */
function kafkaWith(settings: Readonly<Record<string, string>>, connects: Error[] = []): Kafka {
  const configEntries = Object.entries(settings).map(([configName, configValue]) => ({ configName, configValue }));
  const admin = {
    connect: () => {
      const error = connects.shift();
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    },
    disconnect: () => Promise.resolve(),
    describeConfigs: () => Promise.resolve({ resources: [{ configEntries }] }),
    fetchTopicMetadata: () => Promise.resolve({ topics: [{ partitions: [{ replicas: [1] }] }] }),
  };
  return { admin: () => admin } as unknown as Kafka;
}

describe('StoreChecks', () => {
  let server: TestRedisServer;
  let redis: RedisClient;
  let said: string[];

  beforeEach(async () => {
    said = [];
    server = await startRedis();
    // So long that only an answer that never comes meets it: a check that fails is said, and that counts here.
    redis = createRedis(server.url, { commandTimeout: 30_000 });
    redis.on('error', () => undefined);
    await redis.connect();
  });
  afterEach(async () => {
    redis.disconnect();
    await server.stop();
  });

  const check = (kafka: Kafka) => {
    const log = { warn: (_: object, message: string) => said.push(message) } as unknown as Logger;
    return new StoreChecks(kafka, redis, log, { PROFILE: 'development' } as Config).onModuleInit();
  };

  it('waits for a Redis that is away, and says so', async () => {
    await server.kill();
    const checked = check(kafkaWith(DURABLE));
    await until('it waits', () => said.length > 0);
    await server.start();
    await checked;
    expect(new Set(said)).toEqual(new Set(['waiting for Redis to check its settings']));
  });

  it('waits for a Kafka that is away, and says so', async () => {
    await check(kafkaWith(DURABLE, [new KafkaJSConnectionError('ECONNREFUSED')]));
    expect(said).toEqual(['waiting for Kafka']);
  });

  it('refuses a setting that loses data at once, in one sentence', async () => {
    await expect(check(kafkaWith({ ...DURABLE, 'cleanup.policy': 'compact' }))).rejects.toThrow('compact, not delete');
    await server.admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(check(kafkaWith(DURABLE))).rejects.toThrow('has maxmemory-policy allkeys-lru; it must be noeviction');
    expect(said).toEqual([]);
  });
});
