import { randomUUID } from 'node:crypto';
import { EventPublisher } from '@floodgate/adapters/kafka';
import { selectRows } from '@floodgate/adapters/mysql';
import { createRedis } from '@floodgate/adapters/redis';
import { StockLogRecordV1, UnitGrantedV1, UnitReleasedV1 } from '@floodgate/contracts';
import {
  FOLD_VERSION,
  type GrabAnswer,
  GrabUnit,
  initialRange,
  MAP_VERSION,
  type Pool,
  type ShardId,
} from '@floodgate/domain/inventory';
import { fen } from '@floodgate/kernel';
import {
  createTestDatabase,
  createTestTopic,
  MemoryLog,
  SERVERS,
  type TestDatabase,
  type TestTopic,
  until,
} from '@floodgate/testing';
import { KafkaStockLog } from './adapters/kafka-stock-log';
import { RedisAdmission } from './adapters/redis-admission';
import { StockLogFollower } from './adapters/stock-log-follower';
import { Recorder } from './consumers/recorder.consumer';
import { migrations } from './migrations';

const PARTITIONS = 2;
const clock = { nowMs: () => Date.now() };
/** So long that only an answer that never comes meets it, however slow the machine. */
const redis = createRedis(SERVERS.redisUrl, { commandTimeout: 30_000 });

let stockLogTopic: TestTopic<StockLogRecordV1>;
let grantedTopic: TestTopic<UnitGrantedV1>;
let releasedTopic: TestTopic<UnitReleasedV1>;
let database: TestDatabase;
let publisher: EventPublisher;
/** Topics that the publisher has written to, dropped after it: it would fail for every topic once one is gone. */
const unreadable: (() => Promise<void>)[] = [];

beforeAll(async () => {
  await redis.connect();
  stockLogTopic = await createTestTopic(StockLogRecordV1, PARTITIONS);
  grantedTopic = await createTestTopic(UnitGrantedV1);
  releasedTopic = await createTestTopic(UnitReleasedV1);
  database = await createTestDatabase(migrations);
  publisher = new EventPublisher(stockLogTopic.kafka);
  await publisher.connect();
});

afterAll(async () => {
  await publisher.disconnect();
  await database.drop();
  await Promise.all([stockLogTopic, grantedTopic, releasedTopic].map((topic) => topic.drop()));
  for (const drop of unreadable) await drop();
  redis.disconnect();
});

interface Instance {
  readonly grabUnit: GrabUnit;
  readonly stockLog: KafkaStockLog;
  stop(): Promise<void>;
}

/** One inventory instance without its entrances. */
async function startInstance(): Promise<Instance> {
  const log = new MemoryLog();
  const stockLog = new KafkaStockLog(publisher, clock, PARTITIONS, log, stockLogTopic.topic);
  const watch = {
    loaded: () => undefined,
    trouble: (_state: unknown, error: unknown) => log.error({ error }, 'cache'),
  };
  const admissionFor = ({ shards }: Pool) => new RedisAdmission(redis, { shards, free: 'ranges' });
  const grabUnit = new GrabUnit(
    { admissionFor, log: stockLog, clock, ids: { next: randomUUID }, watch },
    { waitingMax: 10_000, pollAfterMs: 50, proposalTimeoutMs: 1_000 },
  );
  const follower = new StockLogFollower(
    stockLogTopic.kafka,
    log,
    ({ state, entry, effects }) => grabUnit.folded(state, entry, effects),
    stockLogTopic.topic.name,
  );
  await follower.start();
  await until('the follower has caught up', () => follower.caughtUp);
  return { grabUnit, stockLog, stop: () => follower.stop() };
}

function newPool(more: Partial<Pool> = {}): Pool {
  return {
    campaignId: `c-${randomUUID()}`,
    poolId: 'p',
    stock: 20,
    shards: 2,
    strategy: 'sharded-counters',
    settlement: 'order',
    packets: undefined,
    price: { priceFen: fen(990), payWithinMs: 60_000 },
    opensAtMs: 0,
    closesAtMs: Date.now() + 3_600_000,
    ...more,
  };
}

const shardOf = ({ campaignId, poolId }: Pool, shardNo: number): ShardId => ({ campaignId, poolId, shardNo });

async function publish(pool: Pool, { grabUnit, stockLog }: Instance): Promise<void> {
  await stockLog.append(
    Array.from({ length: pool.shards }, (_, shardNo) => {
      const range = initialRange(pool, shardNo);
      return {
        shard: shardOf(pool, shardNo),
        record: { kind: 'created', foldVersion: FOLD_VERSION, mapVersion: MAP_VERSION, pool, range },
      };
    }),
  );
  await until('the pool is folded', () => grabUnit.describe(pool.campaignId)[0]?.ready);
}

const grabOf = ({ campaignId, poolId }: Pool, userId: string, grabId = `${userId}-grab`) => ({
  campaignId,
  poolId,
  userId,
  grabId,
  qualificationId: '',
});

/** Asks again under the same grabId while told to wait, as people do: on a busy machine an answer may take longer than a grab waits for it. */
const answered = ({ grabUnit }: Instance, grab: ReturnType<typeof grabOf>): Promise<GrabAnswer> =>
  until(`an answer for ${grab.userId}`, async () => {
    const answer = await grabUnit.grab(grab);
    return answer.outcome !== 'WAIT' && answer;
  });

const tally = (answers: readonly GrabAnswer[]) => {
  const counts: Record<string, number> = {};
  for (const { outcome } of answers) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};

describe('the grab over real Redis and Kafka', () => {
  it('gives 200 people exactly the 20 units there are', async () => {
    const instance = await startInstance();
    const pool = newPool();
    await publish(pool, instance);
    const users = Array.from({ length: 200 }, (_, index) => `u${index}`);
    const answers = await Promise.all(users.map((userId) => answered(instance, grabOf(pool, userId))));
    expect(tally(answers)).toEqual({ GRANTED: 20, SOLD_OUT_FOR_NOW: 180 });
    const units = answers.flatMap(({ held }) => (held ? [held.unitNo] : []));
    expect(new Set(units).size).toBe(20);
    expect(instance.grabUnit.describe(pool.campaignId)).toMatchObject([
      { free: 0, held: 20, inTransit: 0, withdrawn: 0 },
    ]);
    await instance.stop();
  });

  it('gives one unit for the same grabId sent 50 times at once', async () => {
    const instance = await startInstance();
    const pool = newPool();
    await publish(pool, instance);
    const answers = await Promise.all(Array.from({ length: 50 }, () => answered(instance, grabOf(pool, 'u'))));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.outcome).toBe('GRANTED');
    expect(instance.grabUnit.describe(pool.campaignId)).toMatchObject([{ free: 19, held: 1 }]);
    await instance.stop();
  });

  it('is answered alike by an instance that starts later', async () => {
    const first = await startInstance();
    const pool = newPool();
    await publish(pool, first);
    const told = await answered(first, grabOf(pool, 'u'));
    await first.stop();
    const second = await startInstance();
    expect(second.grabUnit.result(grabOf(pool, 'u'))).toEqual(told);
    expect(await second.grabUnit.grab(grabOf(pool, 'u'))).toEqual(told);
    await second.stop();
  });

  it('keeps nobody waiting for ever where an instance cannot read on', async () => {
    const { kafka, topic, drop } = await createTestTopic(StockLogRecordV1);
    const instance = new StockLogFollower(kafka, new MemoryLog(), () => undefined, topic.name);
    await instance.start();
    await publisher.sendRaw([{ topic: topic.name, key: 'k', value: 'no record', partition: 0 }]);
    await until('it is stuck', () => instance.trouble?.includes('is no record'));
    await expect(instance.readToEnd(shardOf(newPool(), 0), 300)).rejects.toThrow('was not read to its end in 300 ms');
    await instance.stop();
    unreadable.push(drop);
  });

  it('does not oversell when two instances serve the same shards at once', async () => {
    const [first, second] = [await startInstance(), await startInstance()];
    const pool = newPool();
    await publish(pool, first);
    await until('the second has folded the pool', () => second.grabUnit.describe(pool.campaignId)[0]?.ready);
    const users = Array.from({ length: 100 }, (_, index) => `u${index}`);
    const answers = await Promise.all(
      users.map((userId, index) => answered(index % 2 === 0 ? first : second, grabOf(pool, userId))),
    );
    const units = answers.flatMap(({ held }) => (held ? [held.unitNo] : []));
    expect(new Set(units).size).toBe(units.length);
    await until('both have read it all', () =>
      [first, second].every(({ grabUnit }) => {
        const [level] = grabUnit.describe(pool.campaignId);
        return level?.held === units.length && level.inTransit === 0;
      }),
    );
    expect(second.grabUnit.describe(pool.campaignId)).toMatchObject([{ held: units.length, free: 20 - units.length }]);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('loads the shard anew after FLUSHALL and goes on', async () => {
    const instance = await startInstance();
    const pool = newPool({ shards: 1 });
    await publish(pool, instance);
    await answered(instance, grabOf(pool, 'before'));
    await redis.del(...(await redis.keys(`floodgate:{*${pool.campaignId}/*`)));
    const answer = await until('a grant after the flush', async () => {
      const given = await instance.grabUnit.grab(grabOf(pool, 'after'));
      return given.outcome === 'GRANTED' && given;
    });
    expect(answer.held?.unitNo).toBe(1);
    await instance.stop();
  });
});

describe('the recorder', () => {
  const topics = () => ({
    stockLog: stockLogTopic.topic,
    unitGranted: grantedTopic.topic,
    unitReleased: releasedTopic.topic,
  });

  const startRecorder = async (through: EventPublisher = publisher) => {
    const { kafka } = stockLogTopic;
    const { dataSource } = database;
    const recorder = new Recorder({
      kafka,
      dataSource,
      publisher: through,
      log: new MemoryLog(),
      onProgress: () => undefined,
      topics: topics(),
    });
    await recorder.start();
    return recorder;
  };

  const registered = (pool: Pool) =>
    selectRows<{ unitNo: number; generation: number; userId: string; state: string }>(
      database.dataSource,
      `SELECT unit_no AS unitNo, generation, user_id AS userId, state FROM unit_register
       WHERE campaign_id = ? ORDER BY unit_no, generation`,
      [pool.campaignId],
    );

  it('goes on when people of different shards chose the same grabId', async () => {
    const instance = await startInstance();
    const pool = newPool({ shards: 8, stock: 80 });
    await publish(pool, instance);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => answered(instance, grabOf(pool, `u${index}`, 'not-so-unique'))),
    );
    const winners = answers.filter(({ outcome }) => outcome === 'GRANTED').length;
    expect(winners).toBeGreaterThan(1);
    expect(tally(answers)).toEqual({ GRANTED: winners, CONFLICT: 30 - winners });
    const recorder = await startRecorder();
    await until('every winner is registered', async () => (await registered(pool)).length === winners);
    await recorder.stop();
    await instance.stop();
  });

  it('writes what the log decided, over a crash before its commit too', async () => {
    const instance = await startInstance();
    const pool = newPool({ shards: 1, stock: 5 });
    await publish(pool, instance);
    const failing = new EventPublisher(stockLogTopic.kafka);
    // Not before it comes to this pool's grants, or it would never have got as far as their rows.
    const tellsOfA = (events: readonly { readonly key: string }[]) => events.some(({ key }) => key === 'a');
    const publishing = jest.spyOn(failing, 'publish').mockImplementation(async (_topic, events) => {
      if (tellsOfA(events)) throw new Error('the process dies here');
    });
    const dying = await startRecorder(failing);
    for (const userId of ['a', 'b', 'c', 'd', 'e', 'f']) await answered(instance, grabOf(pool, userId));
    await until('the dying recorder has tried', () => publishing.mock.calls.some(([, events]) => tellsOfA(events)));
    expect(await registered(pool)).toEqual([]);
    await dying.stop();

    const recorder = await startRecorder();
    const rows = await until('five rows', async () => {
      const found = await registered(pool);
      return found.length === 5 && found;
    });
    expect(rows.map(({ unitNo, state }) => [unitNo, state])).toEqual([0, 1, 2, 3, 4].map((unitNo) => [unitNo, 'held']));

    await instance.stockLog.append([
      {
        shard: shardOf(pool, 0),
        record: { kind: 'ended', userId: 'a', grabId: 'a-grab', unitNo: 0, toStock: true, causationId: 'test' },
      },
    ]);
    await until('the end is folded', () => instance.grabUnit.result(grabOf(pool, 'a')).outcome === 'GRAB_ENDED');
    await until('unit 0 again', async () => (await instance.grabUnit.grab(grabOf(pool, 'g'))).outcome === 'GRANTED');
    const again = await until('the second generation', async () => {
      const found = await registered(pool);
      return found.length === 6 && found;
    });
    expect(again.slice(0, 2)).toEqual([
      { unitNo: 0, generation: 0, userId: 'a', state: 'ended' },
      { unitNo: 0, generation: 1, userId: 'g', state: 'held' },
    ]);
    await recorder.stop();
    await instance.stop();
  });
});
