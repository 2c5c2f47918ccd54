import { randomUUID } from 'node:crypto';
import {
  CONSUMER_OFFSETS_TABLE,
  EventConsumer,
  type EventConsumerOptions,
  EventPublisher,
  GuardConsumers1769000000000,
  PoisonMessage,
} from '../src';
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

export interface Word {
  readonly text: string;
}

export const wordCodec: JsonCodec<Word> = {
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

/** Takes words into the table `words`, in order; `poison` can never be taken. */
export const takeWords: EventConsumerOptions<Word>['handle'] = async (events, tx) => {
  const texts = events.map(({ message }) => message.text);
  if (texts.includes('poison')) throw new PoisonMessage('this word can never be taken');
  await insertRows(
    tx,
    'words',
    ['text'],
    texts.map((text) => [text]),
  );
};

/** A database, a topic of words and one of dead letters, and consumers between them. */
export class WordsBench {
  // Dropped at the very end: a producer that has written to a topic fails for every topic once that one is gone.
  private readonly sources: TestTopic<Word>[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly publisher: EventPublisher,
    readonly deadLetter: TestTopic<Word>,
    readonly replay: TestTopic<Word>,
    public source: TestTopic<Word>,
  ) {}

  static async open(): Promise<WordsBench> {
    const database = await createTestDatabase([Words1763800000000, GuardConsumers1769000000000]);
    const [deadLetter, replay, source] = [
      await createTestTopic(wordCodec),
      await createTestTopic(wordCodec),
      await createTestTopic(wordCodec),
    ];
    const publisher = new EventPublisher(deadLetter.kafka);
    await publisher.connect();
    return new WordsBench(database, publisher, deadLetter, replay, source);
  }

  async close(): Promise<void> {
    await this.publisher.disconnect();
    for (const topic of [...this.sources, this.source, this.deadLetter, this.replay]) await topic.drop();
    await this.database.drop();
  }

  /** A new topic of words, and none taken. */
  async beginAnew(): Promise<void> {
    this.sources.push(this.source);
    this.source = await createTestTopic(wordCodec);
    await this.database.dataSource.query('DELETE FROM words');
  }

  async consume(more: Partial<EventConsumerOptions<Word>> = {}): Promise<EventConsumer<Word>> {
    const consumer = new EventConsumer<Word>({
      kafka: this.source.kafka,
      dataSource: this.database.dataSource,
      publisher: this.publisher,
      log: new MemoryLog(),
      consumer: `test.${randomUUID()}`,
      topic: this.source.topic,
      deadLetterTopic: this.deadLetter.topic.name,
      replayTopic: this.replay.topic.name,
      handle: takeWords,
      ...more,
    });
    await consumer.start();
    return consumer;
  }

  async say(...texts: string[]): Promise<void> {
    await this.publisher.publish(
      this.source.topic,
      texts.map((text) => ({ key: 'k', message: { text } })),
    );
  }

  async words(): Promise<string[]> {
    const rows = await selectRows<Word>(this.database.dataSource, 'SELECT text FROM words ORDER BY id');
    return rows.map(({ text }) => text);
  }

  async untilWords(...expected: string[]): Promise<void> {
    await until(`the words ${expected.join(' ')}`, async () => (await this.words()).join() === expected.join());
  }

  /** The headers of the dead letter that a message of the present topic became. */
  async deadLetterHeaders(): Promise<Record<string, string>> {
    const consumer = this.deadLetter.kafka.consumer({ groupId: `test.${randomUUID()}` });
    let found: Record<string, string> | undefined;
    await consumer.connect();
    await consumer.subscribe({ topic: this.deadLetter.topic.name, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        const headers = Object.fromEntries(
          Object.entries(message.headers ?? {}).map(([key, value]) => [key, String(value)]),
        );
        if (headers['fg-topic'] === this.source.topic.name) found = headers;
        return Promise.resolve();
      },
    });
    const headers = await until('the dead letter', () => found);
    await consumer.disconnect();
    return headers;
  }
}
