import { randomUUID } from 'node:crypto';
import { execute, insertRows, selectRows } from '@floodgate/adapters/mysql';
import { type JsonCodec } from '@floodgate/contracts';
import {
  createTestDatabase,
  createTestTopic,
  MemoryLog,
  type TestDatabase,
  type TestTopic,
  until,
} from '@floodgate/testing';
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { ConsumerOffsets } from './consumer-offsets';
import { EventConsumer, type EventConsumerOptions, PoisonMessage } from './event-consumer';
import { EventPublisher } from './publisher';
import { CONSUMER_OFFSETS_TABLE } from './tables';

interface Word {
  readonly text: string;
}

const codec: JsonCodec<Word> = {
  fromJSON: (json) => ({ text: String((json as Word).text) }),
  toJSON: (word) => word,
};

class Words1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE words (id BIGINT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(50) NOT NULL)');
    await runner.query(CONSUMER_OFFSETS_TABLE);
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE words, consumer_offsets');
  }
}

let database: TestDatabase;
let publisher: EventPublisher;
let source: TestTopic<Word>;
// Dropped at the very end: a producer that has written to a topic fails for every topic once that one is gone.
const sources: TestTopic<Word>[] = [];
let deadLetter: TestTopic<Word>;

beforeAll(async () => {
  database = await createTestDatabase([Words1763800000000]);
  deadLetter = await createTestTopic(codec);
  publisher = new EventPublisher(deadLetter.kafka);
  await publisher.connect();
});
afterAll(async () => {
  await publisher.disconnect();
  for (const topic of [...sources, deadLetter]) await topic.drop();
  await database.drop();
});
beforeEach(async () => {
  source = await createTestTopic(codec);
  sources.push(source);
  await database.dataSource.query('DELETE FROM words');
});

const handle: EventConsumerOptions<Word>['handle'] = async (events, tx) => {
  const texts = events.map(({ message }) => message.text);
  if (texts.includes('poison')) throw new PoisonMessage('this word can never be taken');
  await insertRows(
    tx,
    'words',
    ['text'],
    texts.map((text) => [text]),
  );
};

async function consume(more: Partial<EventConsumerOptions<Word>> = {}): Promise<EventConsumer<Word>> {
  const consumer = new EventConsumer<Word>({
    kafka: source.kafka,
    dataSource: database.dataSource,
    publisher,
    log: new MemoryLog(),
    consumer: `test.${randomUUID()}`,
    topic: source.topic,
    deadLetterTopic: deadLetter.topic.name,
    handle,
    ...more,
  });
  await consumer.start();
  return consumer;
}

const say = (...texts: string[]) =>
  publisher.publish(
    source.topic,
    texts.map((text) => ({ key: 'k', message: { text } })),
  );

const words = async () =>
  (await selectRows<Word>(database.dataSource, 'SELECT text FROM words ORDER BY id')).map(({ text }) => text);

const untilWords = (...expected: string[]) =>
  until(`the words ${expected.join(' ')}`, async () => (await words()).join() === expected.join());

describe('EventConsumer', () => {
  it('takes what was published before it began, and what comes after', async () => {
    await say('a', 'b');
    const consumer = await consume();
    await untilWords('a', 'b');
    await say('c');
    await untilWords('a', 'b', 'c');
    await consumer.stop();
  });

  it('takes a batch once when another group member delivers it again', async () => {
    const group = `test.${randomUUID()}`;
    const first = await consume({ consumer: group });
    await say('a', 'b');
    await untilWords('a', 'b');
    await first.stop();
    // Kafka forgets how far the group was; the offset in MySQL does not.
    const admin = source.kafka.admin();
    await admin.connect();
    await admin.setOffsets({ groupId: group, topic: source.topic.name, partitions: [{ partition: 0, offset: '0' }] });
    await admin.disconnect();
    const second = await consume({ consumer: group });
    await say('c');
    await untilWords('a', 'b', 'c');
    await second.stop();
  });

  it('passes over what it does not want, without a transaction, and counts it as taken', async () => {
    const group = `test.${randomUUID()}`;
    const sizes: number[] = [];
    const counting: EventConsumerOptions<Word>['handle'] = async (events, tx) => {
      sizes.push(events.length);
      await handle(events, tx);
    };
    const options = { consumer: group, wants: ({ text }: Word) => text.startsWith('w'), handle: counting };
    const first = await consume(options);
    await say('a', 'w1', 'b', 'w2');
    await untilWords('w1', 'w2');
    await say('c', 'd');
    const offsets = new ConsumerOffsets(group, source.topic.name);
    await until('the unwanted are passed', async () => (await offsets.read(database.dataSource)).get(0) === 6);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(2);
    await first.stop();
    const second = await consume(options);
    await say('w3');
    await untilWords('w1', 'w2', 'w3');
    await second.stop();
  });

  it('gathers what comes in quick succession into one batch', async () => {
    const sizes: number[] = [];
    const counting: EventConsumerOptions<Word>['handle'] = async (events, tx) => {
      sizes.push(events.length);
      await handle(events, tx);
    };
    const consumer = await consume({ gatherMs: 1_000, handle: counting });
    const texts = Array.from({ length: 20 }, (_, index) => `t${index}`);
    for (const text of texts) await say(text);
    await untilWords(...texts);
    await consumer.stop();
    expect(sizes.length).toBeLessThan(texts.length / 2);
  });

  it('reads again what a restored database has lost', async () => {
    const group = `test.${randomUUID()}`;
    const first = await consume({ consumer: group });
    await say('a', 'b', 'c');
    await untilWords('a', 'b', 'c');
    await first.stop();
    await execute(database.dataSource, 'DELETE FROM words WHERE text <> ?', ['a']);
    await execute(database.dataSource, 'UPDATE consumer_offsets SET next_offset = 1 WHERE consumer = ?', [group]);
    const second = await consume({ consumer: group });
    await say('d');
    await untilWords('a', 'b', 'c', 'd');
    await second.stop();
  });

  it('rolls the rows back together with the offset when it dies before the commit', async () => {
    let deaths = 2;
    const consumer = await consume({
      handle: async (events, tx) => {
        await handle(events, tx);
        if (deaths-- > 0) throw new Error('dies here');
      },
    });
    await say('a', 'b');
    await untilWords('a', 'b');
    expect(deaths).toBeLessThan(0);
    await consumer.stop();
  });

  it('sets only the message at fault aside, with where it came from, and goes on', async () => {
    const consumer = await consume();
    await say('a', 'poison', 'b');
    await untilWords('a', 'b');
    await say('c');
    await untilWords('a', 'b', 'c');
    await consumer.stop();
    expect(await headersOfDeadLetter(source.topic.name)).toMatchObject({ 'fg-offset': '1', 'fg-partition': '0' });
  });

  it('sets aside what the database can never hold', async () => {
    const consumer = await consume();
    await say('a', 'x'.repeat(51), 'b');
    await untilWords('a', 'b');
    await consumer.stop();
    expect(await headersOfDeadLetter(source.topic.name)).toMatchObject({ 'fg-offset': '1' });
  });

  it('waits for a table that is away, however often it is refused, and loses nothing', async () => {
    await database.dataSource.query('RENAME TABLE words TO words_away');
    let refusals = 0;
    const counting: EventConsumerOptions<Word>['handle'] = async (events, tx) => {
      refusals += 1;
      await handle(events, tx);
    };
    const consumer = await consume({ handle: counting });
    await say('a');
    // What is refused for its values is set aside at the fifth.
    await until('six refusals', () => refusals >= 6);
    await database.dataSource.query('RENAME TABLE words_away TO words');
    await untilWords('a');
    await consumer.stop();
  });
});

async function headersOfDeadLetter(topic: string): Promise<Record<string, string> | undefined> {
  const consumer = deadLetter.kafka.consumer({ groupId: `test.${randomUUID()}` });
  let found: Record<string, string> | undefined;
  await consumer.connect();
  await consumer.subscribe({ topic: deadLetter.topic.name, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      const headers = Object.fromEntries(
        Object.entries(message.headers ?? {}).map(([key, value]) => [key, String(value)]),
      );
      if (headers['fg-topic'] === topic) found = headers;
      return Promise.resolve();
    },
  });
  await until('the dead letter', () => found !== undefined);
  await consumer.disconnect();
  return found;
}
