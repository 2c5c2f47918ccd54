import { inspect } from 'node:util';
import { EventPublisher } from '@floodgate/adapters/kafka';
import { encodeRecord } from '@floodgate/adapters/stock-log';
import { StockLogRecordV1 } from '@floodgate/contracts';
import { type ShardId, type StockLogEntry } from '@floodgate/domain/inventory';
import { createTestTopic, MemoryLog, type TestTopic, until } from '@floodgate/testing';
import { StockLogFollower } from './stock-log-follower';

const PARTITIONS = 2;

let topic: TestTopic<StockLogRecordV1>;
let publisher: EventPublisher;
let follower: StockLogFollower;
let log: MemoryLog;
let folded: StockLogEntry[];

beforeEach(async () => {
  topic = await createTestTopic(StockLogRecordV1, PARTITIONS);
  publisher = new EventPublisher(topic.kafka);
  await publisher.connect();
  folded = [];
  log = new MemoryLog();
  follower = new StockLogFollower(topic.kafka, log, ({ entry }) => folded.push(entry), topic.topic.name);
});
afterEach(async () => {
  await follower.stop();
  await publisher.disconnect();
  await topic.drop();
});

/** A record of a shard that lies in this partition. */
function recordIn(partition: number): string {
  const shard: ShardId = { campaignId: 'c', poolId: 'p', shardNo: partition };
  return JSON.stringify(StockLogRecordV1.toJSON(encodeRecord({ shard, writtenAtMs: 1, record: { kind: 'closed' } })));
}

const send = (partition: number, value: string) =>
  publisher.sendRaw([{ topic: topic.topic.name, key: 'key', value, partition }]);

/** What an operator must never do: the topic under the same name, without its records. */
async function makeAnew(): Promise<void> {
  const admin = topic.kafka.admin();
  await admin.connect();
  const { name } = topic.topic;
  await admin.deleteTopics({ topics: [name] });
  const make = { topics: [{ topic: name, numPartitions: PARTITIONS }], waitForLeaders: false };
  // Until the deletion is through, the name is taken. It may have been made although the answer says nothing of it.
  await until('the topic is made anew', async () => {
    await admin.createTopics(make).catch(() => false);
    const offsets = await admin.fetchTopicOffsets(name).catch(() => []);
    return offsets.length === PARTITIONS && offsets.every(({ high }) => high === '0');
  });
  await admin.disconnect();
}

describe('the follower', () => {
  it('stands still at what is no record, and reads the other partitions on', async () => {
    await follower.start();
    await send(0, recordIn(0));
    await send(0, '{"campaignId": ');
    await until('the trouble', () => follower.trouble?.includes('0:1 is no record'));
    await send(1, recordIn(1));
    await until('the other partition', () => folded.some(({ partition }) => partition === 1));
    expect(folded.map(({ partition, offset }) => `${partition}:${offset}`)).toEqual(['0:0', '1:0']);
    // Given up for this it would be by the fourth time. For Kafka's troubles it may be at any time.
    const linesOf = (what: string) => log.lines.filter(({ message }) => message === what);
    await until('it was looked at often', () => linesOf('stock log not folded').length >= 4);
    const reasons = linesOf('consumer was given up, beginning anew').map(({ fields }) => inspect(fields));
    expect(reasons.filter((reason) => reason.includes('is no record'))).toEqual([]);
  });

  it('halts, and says so, when the log has lost what was read', async () => {
    await follower.start();
    // In one partition only: which of two it misses first would be chance.
    await send(0, recordIn(0));
    await until('the record', () => folded.length === 1);
    await until('no trouble', () => follower.trouble === undefined);
    await makeAnew();
    await send(1, recordIn(1));
    // It looks twice, some seconds apart, and anew when Kafka does not answer.
    const lost = () => follower.trouble?.includes('ends before') && follower.trouble;
    const trouble = await until('the trouble', lost, 90_000);
    expect(follower.caughtUp).toBe(false);
    expect(trouble).toBe('partition 0 of the stock log ends before 1, up to which it was read');
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', fields: { partition: 0, nextOffset: 1 } }),
    );
    await expect(follower.readToEnd({ campaignId: 'c', poolId: 'p', shardNo: 0 }, 1_000)).rejects.toThrow(trouble);
  });
});
