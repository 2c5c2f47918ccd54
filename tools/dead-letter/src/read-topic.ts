import { randomUUID } from 'node:crypto';
import { type Kafka, type KafkaMessage } from 'kafkajs';

export interface TopicMessage {
  readonly partition: number;
  readonly message: KafkaMessage;
}

/** Everything that a topic holds now, oldest first within a partition. In a group of its own; commits nothing. */
export async function readTopic(kafka: Kafka, topic: string): Promise<TopicMessage[]> {
  const missing = await partitionsWithMessages(kafka, topic);
  if (missing.size === 0) return [];
  const consumer = kafka.consumer({ groupId: `dead-letter.${randomUUID()}`, allowAutoTopicCreation: false });
  const found: TopicMessage[] = [];
  // What is read again, because the group was joined again, counts once.
  const seen = new Set<string>();
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
      const eachBatch = ({
        batch,
      }: {
        batch: { partition: number; messages: KafkaMessage[]; lastOffset(): string };
      }) => {
        for (const message of batch.messages) {
          const place = `${batch.partition}/${message.offset}`;
          if (!seen.has(place)) found.push({ partition: batch.partition, message });
          seen.add(place);
        }
        const end = missing.get(batch.partition);
        if (end !== undefined && Number(batch.lastOffset()) >= end - 1) missing.delete(batch.partition);
        if (missing.size === 0) resolve();
        return Promise.resolve();
      };
      consumer.run({ autoCommit: false, eachBatch }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return found;
}

/** Where each partition that holds anything ends, exclusive. */
async function partitionsWithMessages(kafka: Kafka, topic: string): Promise<Map<number, number>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = await admin.fetchTopicOffsets(topic);
    return new Map(
      ends.flatMap(({ partition, low, high }) => (low === high ? [] : [[partition, Number(high)] as const])),
    );
  } finally {
    await admin.disconnect();
  }
}
