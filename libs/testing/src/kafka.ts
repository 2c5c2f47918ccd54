import { randomBytes } from 'node:crypto';
import { createKafka } from '@floodgate/adapters/kafka';
import { type JsonCodec, type Topic } from '@floodgate/contracts';
import { type Kafka } from 'kafkajs';
import { MemoryLog } from './log';
import { SERVERS } from './servers';

export interface TestTopic<T> {
  readonly kafka: Kafka;
  readonly topic: Topic<T>;
  drop(): Promise<void>;
}

/** A topic of this suite's own on the real broker. Drop it in afterAll. */
export async function createTestTopic<T>(codec: JsonCodec<T>, partitions = 1): Promise<TestTopic<T>> {
  const kafka = createKafka(SERVERS.kafkaBrokers, 'test', new MemoryLog());
  const name = `test.${randomBytes(6).toString('hex')}.v1`;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: name, numPartitions: partitions }] });
  return {
    kafka,
    topic: { name, codec },
    async drop() {
      await admin.deleteTopics({ topics: [name] });
      await admin.disconnect();
    },
  };
}
