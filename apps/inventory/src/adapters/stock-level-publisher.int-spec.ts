import { createRedis, createSubscriber } from '@floodgate/adapters/redis';
import { decodeStockLevel, type inventoryV1, STOCK_LEVEL_CHANNEL } from '@floodgate/contracts';
import { MemoryLog, SERVERS, until } from '@floodgate/testing';
import { randomUUID } from 'node:crypto';
import { type LevelNow, StockLevelPublisher } from './stock-level-publisher';

const NEVER_MS = 3_600_000;

describe('StockLevelPublisher', () => {
  const campaignId = `levels-${randomUUID().slice(0, 8)}`;
  // So long that only an answer that never comes meets it: what fails is said, and that counts here.
  const redis = createRedis(SERVERS.redisUrl, { commandTimeout: 30_000 });
  const subscriber = createSubscriber(SERVERS.redisUrl);
  const log = new MemoryLog();
  let heard: inventoryV1.StockLevel[];
  let levels: LevelNow[];
  let publisher: StockLevelPublisher;

  const levelOf = (poolId: string, version: string, free: number): LevelNow => ({
    campaignId,
    poolId,
    version,
    stock: 10,
    free,
    inTransit: 0,
    final: false,
  });
  const heardOf = (poolId: string) => heard.filter((level) => level.poolId === poolId);
  const make = (options: { renewEveryMs?: number; redis?: Pick<typeof redis, 'publish'> } = {}) => {
    publisher = new StockLevelPublisher({ redis, levels: () => levels, log, renewEveryMs: NEVER_MS, ...options });
    publisher.start();
  };

  beforeAll(async () => {
    await Promise.all([redis.connect(), subscriber.connect()]);
    await subscriber.subscribe(STOCK_LEVEL_CHANNEL);
    subscriber.on('message', (_channel: string, text: string) => {
      const level = decodeStockLevel(text);
      if (level?.campaignId === campaignId) heard.push(level);
    });
  });
  afterAll(() => {
    redis.disconnect();
    subscriber.disconnect();
  });
  beforeEach(() => {
    heard = [];
    log.lines.length = 0;
    levels = [levelOf('a', '1', 5), levelOf('b', '1', 6)];
  });
  afterEach(() => publisher.stop());

  it('tells all that it knows at start, with the life of it', async () => {
    make();
    await until('both are heard', () => heard.length === 2);
    expect(heard).toEqual(levels.map((level) => ({ ...level, lifeMs: 1_500 })));
  });

  it('tells a change once, however often it is told of it, and only that', async () => {
    make();
    await until('the start is heard', () => heard.length === 2);
    levels = [levelOf('a', '1', 5), levelOf('b', '3', 4)];
    for (let i = 0; i < 100; i += 1) publisher.changed();
    await until('the change is heard', () => heardOf('b').length === 2);
    publisher.changed();
    levels = [levelOf('a', '2', 4), levelOf('b', '3', 4)];
    await until('the next change is heard', () => heardOf('a').length === 2);
    expect(heardOf('b').map(({ version, free }) => [version, free])).toEqual([
      ['1', 6],
      ['3', 4],
    ]);
  });

  it('says the same again and again, and stops when it is stopped', async () => {
    make({ renewEveryMs: 20 });
    await until('it is heard again', () => heardOf('a').length >= 3);
    publisher.stop();
    await redis.publish(STOCK_LEVEL_CHANNEL, JSON.stringify(levelOf('end', '1', 0)));
    await until('nothing is on its way any more', () => heardOf('end').length === 1);
    const count = heard.length;
    publisher.changed();
    await redis.publish(STOCK_LEVEL_CHANNEL, JSON.stringify(levelOf('end', '2', 0)));
    await until('the end is heard', () => heardOf('end').length === 2);
    expect(heard.length).toBe(count + 1);
  });

  it('complains once while Redis is away, and goes on when it is back', async () => {
    let away = true;
    let failures = 0;
    const flaky = {
      publish: async (channel: string, message: string) => {
        if (!away) return redis.publish(channel, message);
        failures += 1;
        throw new Error('away');
      },
    };
    make({ renewEveryMs: 20, redis: flaky });
    await until('several have failed', () => failures >= 6);
    away = false;
    await until('levels are heard', () => heard.length >= 2);
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'stock levels not told' }]);
  });
});
