import { randomBytes } from 'node:crypto';
import { createKafka } from '@floodgate/adapters/kafka';
import { type JsonCodec, type Topic } from '@floodgate/contracts';
import { type Admin, type Kafka, KafkaJSError, KafkaJSNumberOfRetriesExceeded } from 'kafkajs';
import { MemoryLog } from './log';
import { SERVERS } from './servers';
import { until, untilNoError } from './until';

export interface TestTopic<T> {
  readonly kafka: Kafka;
  readonly topic: Topic<T>;
  drop(): Promise<void>;
}

async function hasLeaders(admin: Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0));
  } catch (error) {
    // kafkajs gives up after some seconds, and then calls what was worth trying again so no longer.
    if (error instanceof KafkaJSNumberOfRetriesExceeded) return false;
    if (error instanceof KafkaJSError && error.retriable) return false;
    throw error;
  }
}

/** A topic of this suite's own on the real broker. Drop it in afterAll. */
export async function createTestTopic<T>(codec: JsonCodec<T>, partitions = 1): Promise<TestTopic<T>> {
  const kafka = createKafka(SERVERS.kafkaBrokers, 'test', new MemoryLog());
  const name = `test.${randomBytes(6).toString('hex')}.v1`;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic: name, numPartitions: partitions }],
    waitForLeaders: false,
    timeout: 9_000,
  });
  // kafkajs's own waiting gives up on any answer but "leader not available", and on a busy machine within 5 s.
  await until(`leaders of ${name}`, () => hasLeaders(admin, name));
  return {
    kafka,
    topic: { name, codec },
    async drop() {
      await untilNoError(`${name} is deleted`, async () => {
        if ((await admin.listTopics()).includes(name)) await admin.deleteTopics({ topics: [name], timeout: 9_000 });
      });
      await admin.disconnect();
    },
  };
}
