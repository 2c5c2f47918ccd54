import { randomUUID } from 'node:crypto';
import { EventPublisher } from '@floodgate/adapters/kafka';
import { execute, selectRows } from '@floodgate/adapters/mysql';
import { encodeRecord } from '@floodgate/adapters/stock-log';
import { StockLogRecordV1, UnitGrantedV1, UnitReleasedV1 } from '@floodgate/contracts';
import {
  FOLD_VERSION,
  homeShard,
  initialRange,
  MAP_VERSION,
  type Pool,
  shardKey,
  type StockRecord,
} from '@floodgate/domain/inventory';
import { fen } from '@floodgate/kernel';
import {
  collectEvents,
  createTestDatabase,
  createTestTopic,
  type EventCollection,
  MemoryLog,
  type TestDatabase,
  type TestTopic,
  until,
} from '@floodgate/testing';
import { migrations } from '../migrations';
import { Recorder } from './recorder.consumer';

let stockLog: TestTopic<StockLogRecordV1>;
let granted: TestTopic<UnitGrantedV1>;
let released: TestTopic<UnitReleasedV1>;
let events: EventCollection<UnitGrantedV1>;
let database: TestDatabase;
let publisher: EventPublisher;
let log: MemoryLog;

beforeAll(async () => {
  granted = await createTestTopic(UnitGrantedV1);
  released = await createTestTopic(UnitReleasedV1);
  events = await collectEvents(granted);
  publisher = new EventPublisher(granted.kafka);
  await publisher.connect();
});
afterAll(async () => {
  await events.stop();
  await publisher.disconnect();
  await Promise.all([granted.drop(), released.drop()]);
});
const dropped: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const drop of dropped) await drop();
});
beforeEach(async () => {
  stockLog = await createTestTopic(StockLogRecordV1, 2);
  database = await createTestDatabase(migrations);
  log = new MemoryLog();
  dropped.push(stockLog.drop, database.drop);
});

const POOL: Pool = {
  campaignId: `c-${randomUUID()}`,
  poolId: 'p',
  stock: 20,
  shards: 2,
  strategy: 'sharded-counters',
  settlement: 'order',
  packets: undefined,
  price: { priceFen: fen(990), payWithinMs: 60_000 },
  opensAtMs: 0,
  closesAtMs: 1,
};

/** Somebody whose home shard this is. */
function userOf(shardNo: number, index = 0): string {
  const users = Array.from({ length: 100 }, (_, i) => `u${i}`).filter((userId) => homeShard(POOL, userId) === shardNo);
  const user = users[index];
  if (user === undefined) throw new RangeError(`no user ${index} of shard ${shardNo}`);
  return user;
}

/** Appends to the partition with the shard's number. */
async function append(shardNo: number, ...records: StockRecord[]): Promise<void> {
  const shard = { campaignId: POOL.campaignId, poolId: POOL.poolId, shardNo };
  await publisher.sendRaw(
    records.map((record) => ({
      topic: stockLog.topic.name,
      partition: shardNo,
      key: shardKey(shard),
      value: JSON.stringify(StockLogRecordV1.toJSON(encodeRecord({ shard, writtenAtMs: 1, record }))),
    })),
  );
}

const created = (shardNo: number): StockRecord => ({
  kind: 'created',
  foldVersion: FOLD_VERSION,
  mapVersion: MAP_VERSION,
  pool: POOL,
  range: initialRange(POOL, shardNo),
});
const grant = (userId: string, unitNo: number, grabId = `${userId}-grab`): StockRecord => ({
  kind: 'granted',
  grants: [{ userId, grabId, unitNo, qualificationId: '' }],
});
const ended = (userId: string, unitNo: number): StockRecord => ({
  kind: 'ended',
  userId,
  grabId: `${userId}-grab`,
  unitNo,
  toStock: true,
  causationId: 'test',
});

async function startRecorder(by = publisher): Promise<Recorder> {
  const recorder = new Recorder({
    kafka: stockLog.kafka,
    dataSource: database.dataSource,
    publisher: by,
    log,
    onProgress: () => undefined,
    topics: { stockLog: stockLog.topic, unitGranted: granted.topic, unitReleased: released.topic },
  });
  await recorder.start();
  return recorder;
}

const rows = async () =>
  selectRows<{ unitNo: number; generation: number; userId: string; state: string }>(
    database.dataSource,
    'SELECT unit_no AS unitNo, generation, user_id AS userId, state FROM unit_register ORDER BY unit_no, generation',
  );
const untilRows = (count: number) => until(`${count} rows`, async () => (await rows()).length === count);

describe('Recorder', () => {
  it('records a borrowed unit only after the end of its generation before, which lies in the lender’s partition', async () => {
    const [first, second, third] = [userOf(0), userOf(1), userOf(1, 1)];
    const range = { from: 3, to: 4 };
    await append(1, created(1));
    // The borrower's partition is read long before anything of the lender's is there.
    await append(
      1,
      grant(third, 15),
      { kind: 'borrowed', moveId: 'm', range, lenderShardNo: 0, lenderPartition: 0, lenderOffset: 3, generations: [1] },
      grant(second, 3),
    );
    const recorder = await startRecorder();
    await untilRows(1);
    const waits = 'record 1:2 borrows what 0:3 lends, which is not recorded yet';
    await until('it says what it waits for', () => recorder.trouble === waits);
    await append(0, created(0), grant(first, 3), ended(first, 3));
    await untilRows(2);
    expect(await rows()).toEqual([
      { unitNo: 3, generation: 0, userId: first, state: 'ended' },
      { unitNo: 15, generation: 0, userId: third, state: 'held' },
    ]);
    await append(0, { kind: 'lent', moveId: 'm', range, borrowerShardNo: 1 });
    await untilRows(3);
    expect((await rows())[1]).toEqual({ unitNo: 3, generation: 1, userId: second, state: 'held' });
    await until('no more trouble', () => recorder.trouble === undefined);
    await recorder.stop();
  });

  it('stops a partition at a record it cannot fold, says so, and records what stands before it and the other partitions', async () => {
    await append(0, created(0), grant(userOf(0), 1));
    await publisher.sendRaw([{ topic: stockLog.topic.name, partition: 0, key: 'k', value: '{"writtenAtMs":"1"}' }]);
    await append(0, grant(userOf(0, 1), 2));
    const recorder = await startRecorder();
    await untilRows(1);
    expect(await until('it says so', () => recorder.trouble)).toMatch(
      /partition 0 .* cannot be recorded: .*names no shard/,
    );
    await append(1, created(1), grant(userOf(1), 11));
    await untilRows(2);
    expect((await rows()).map(({ unitNo }) => unitNo)).toEqual([1, 11]);
    await recorder.stop();
  });

  it('goes on after a restart, and tells each grant under the same eventId', async () => {
    const userId = userOf(0);
    await append(0, created(0), grant(userId, 1));
    const first = await startRecorder();
    await untilRows(1);
    await first.stop();
    await append(0, ended(userId, 1), grant(userOf(0, 1), 1));
    const second = await startRecorder();
    await untilRows(2);
    await second.stop();
    const ofPool = () => events.events.filter(({ generation, unitNo }) => unitNo === 1 && generation === 1);
    await until('the second grant is told', () => ofPool().length > 0);
    // It may be told more than once: it is told before it is committed.
    expect(new Set(ofPool().map(({ eventId }) => eventId))).toEqual(new Set(['0:3:0']));
  });

  it('records again what a restored register has lost, while it runs', async () => {
    await append(0, created(0), grant(userOf(0), 1));
    const recorder = await startRecorder();
    await untilRows(1);
    const [backup] = await selectRows<{ nextOffset: number; lastHash: string }>(
      database.dataSource,
      'SELECT next_offset AS nextOffset, last_hash AS lastHash FROM recorder_offsets WHERE partition_no = 0',
    );
    await append(0, grant(userOf(0, 1), 2), grant(userOf(0, 2), 3));
    await untilRows(3);
    await database.dataSource.transaction(async (tx) => {
      await execute(tx, 'DELETE FROM unit_register WHERE unit_no > 1');
      const sql = 'UPDATE recorder_offsets SET next_offset = ?, last_hash = ? WHERE partition_no = 0';
      await execute(tx, sql, [backup?.nextOffset ?? 0, backup?.lastHash ?? '']);
    });
    await append(0, grant(userOf(0, 3), 4));
    await untilRows(4);
    expect((await rows()).map(({ unitNo }) => unitNo)).toEqual([1, 2, 3, 4]);
    await recorder.stop();
  });

  it('halts at a log that is not the one it recorded', async () => {
    await append(0, created(0), grant(userOf(0), 1));
    const first = await startRecorder();
    await untilRows(1);
    await first.stop();
    await execute(database.dataSource, 'REPLACE INTO recorder_offsets (partition_no, next_offset) VALUES (1, 1000000)');
    const shorter = await startRecorder();
    expect(shorter.halted).toMatch(/ends at 0, but it was taken up to 1000000: this is not the log/);
    await shorter.stop();

    await execute(database.dataSource, 'DELETE FROM recorder_offsets WHERE partition_no = 1');
    stockLog = await createTestTopic(StockLogRecordV1, 2);
    dropped.push(stockLog.drop);
    await append(0, created(0), grant(userOf(0, 1), 2), grant(userOf(0, 2), 3));
    const other = await startRecorder();
    expect(await until('it halts', () => other.halted)).toMatch(/record 0:1 of .* is not the one that was recorded/);
    expect(await rows()).toHaveLength(1);
    await other.stop();
  });
});
