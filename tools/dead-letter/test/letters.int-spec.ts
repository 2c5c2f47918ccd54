import { randomUUID } from 'node:crypto';
import {
  CONSUMER_OFFSETS_TABLE,
  EventConsumer,
  EventPublisher,
  GuardConsumers1769000000000,
  PoisonMessage,
} from '@floodgate/adapters/kafka';
import { insertRows, selectRows } from '@floodgate/adapters/mysql';
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
import { Letters } from '../src/letters';
import { fateLines, letterPage, letterTable } from '../src/show';

const codec: JsonCodec<string> = { fromJSON: String, toJSON: (text) => text };
const WAIT_MS_MAX = 30_000;

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
let source: TestTopic<string>;
let deadLetter: TestTopic<string>;
let replay: TestTopic<string>;
let publisher: EventPublisher;
let letters: Letters;
let consumer: EventConsumer<string>;
const group = `test.${randomUUID()}`;
/** What the consumer understands so far; what is not in it is poison. */
const understood = new Set(['a', 'b']);

beforeAll(async () => {
  database = await createTestDatabase([Words1763800000000, GuardConsumers1769000000000]);
  source = await createTestTopic(codec);
  deadLetter = await createTestTopic(codec);
  replay = await createTestTopic(codec);
  publisher = new EventPublisher(source.kafka);
  await publisher.connect();
  letters = new Letters({
    kafka: source.kafka,
    publisher,
    sql: database.dataSource,
    schema: database.name,
    deadLetterTopic: deadLetter.topic.name,
    replayTopic: replay.topic.name,
  });
  consumer = new EventConsumer<string>({
    kafka: source.kafka,
    dataSource: database.dataSource,
    publisher,
    log: new MemoryLog(),
    consumer: group,
    topic: source.topic,
    deadLetterTopic: deadLetter.topic.name,
    replayTopic: replay.topic.name,
    handle: async (events, tx) => {
      const texts = events.map(({ message }) => message);
      const strange = texts.find((text) => !understood.has(text));
      if (strange !== undefined) throw new PoisonMessage(`nobody understands ${strange}`);
      await insertRows(
        tx,
        'words',
        ['text'],
        texts.map((text) => [text]),
      );
    },
  });
  await consumer.start();
});
afterAll(async () => {
  await consumer.stop();
  await publisher.disconnect();
  for (const topic of [source, deadLetter, replay]) await topic.drop();
  await database.drop();
});

const words = async () =>
  (await selectRows<{ text: string }>(database.dataSource, 'SELECT text FROM words ORDER BY id')).map(
    ({ text }) => text,
  );

describe('npm run dead-letter', () => {
  it('lists what was set aside, shows one, and replays it once its cause is mended', async () => {
    expect(await letters.list()).toEqual([]);
    await publisher.publish(
      source.topic,
      ['a', 'x', 'y', 'b'].map((message) => ({ key: 'k', message })),
    );
    await until('two are set aside', async () => (await letters.list()).length === 2);
    const [x, y] = await letters.list();
    expect(letterTable(await letters.list())).toContain('nobody understands x');
    expect(x?.id).toBe(`${group}@0:1`);
    expect(letterPage(await letters.find(`${group}@0:2`))).toMatch(/offset 2\n[^]*state {6}waits\n[^]*"y"$/);
    await expect(letters.find('nothing@0:0')).rejects.toThrow(/has no dead letter nothing@0:0; "list" shows 2/);

    understood.add('x');
    const fates = await letters.replay(await letters.list(), WAIT_MS_MAX);
    expect([...fates.values()]).toEqual(['taken', 'set-aside-again']);
    expect(fateLines(fates)).toContain('set aside again: its cause is not mended');
    expect(await words()).toEqual(['a', 'b', 'x']);
    const after = await letters.list();
    expect(after.map(({ id, isTaken, timesSetAside }) => [id, isTaken, timesSetAside])).toEqual([
      [x?.id, true, 1],
      [y?.id, false, 2],
    ]);
  });

  it('has its effect once, however often a letter is replayed', async () => {
    understood.add('y');
    const y = await letters.find(`${group}@0:2`);
    await Promise.all([letters.replay([y], WAIT_MS_MAX), letters.replay([y, y], WAIT_MS_MAX)]);
    // A new word that is taken shows that all replays sent before were read.
    await publisher.publish(source.topic, [{ key: 'k', message: 'b' }]);
    await until('the last word', async () => (await words()).filter((text) => text === 'b').length === 2);
    expect((await words()).filter((text) => text === 'y')).toEqual(['y']);
  });

  it('says of a letter that nobody takes that it waits', async () => {
    await publisher.publish(source.topic, [{ key: 'k', message: 'z' }]);
    await until('it is set aside', async () => (await letters.list()).length === 3);
    await consumer.stop();
    const z = await letters.find(`${group}@0:5`);
    expect([...(await letters.replay([z], 0)).values()]).toEqual(['waiting']);
  });
});
