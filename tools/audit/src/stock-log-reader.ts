import { randomUUID } from 'node:crypto';
import { StackTrouble } from '@floodgate/tools/stack';
import { type Consumer, type Kafka, type KafkaMessage } from 'kafkajs';

/** Offsets, exclusive, up to which each partition is read. */
export type LogCut = ReadonlyMap<number, number>;

interface Reading {
  readonly topic: string;
  readonly cut: LogCut;
  /** The offset a partition goes on at. */
  readonly nextOffset: (partition: number) => number;
  readonly take: (partition: number, message: KafkaMessage) => void;
}

/**
 * Where the log ends now.
 * @throws StackTrouble when it cannot be asked, or no longer begins at its beginning: then nobody can fold it.
 */
export async function cutStockLog(kafka: Kafka, topic: string): Promise<LogCut> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    const lost = offsets.find(({ low }) => low !== '0');
    if (lost)
      throw new StackTrouble(`${topic} has lost its beginning: partition ${lost.partition} starts at ${lost.low}.`);
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  } catch (error) {
    if (error instanceof StackTrouble) throw error;
    throw new StackTrouble(
      `Kafka's ${topic} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    await admin.disconnect();
  }
}

/** Hands on every record up to the cut, each partition in order. In a group of its own; commits nothing. */
export async function readStockLog(kafka: Kafka, reading: Reading): Promise<void> {
  if (isRead(reading)) return;
  const consumer = kafka.consumer({
    groupId: `audit.${randomUUID()}`,
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: reading.topic, fromBeginning: true });
    await run(consumer, reading);
  } finally {
    await consumer.disconnect();
  }
}

function isRead({ cut, nextOffset }: Reading): boolean {
  return [...cut].every(([partition, end]) => nextOffset(partition) >= end);
}

/** Resolves when all is read; rejects with what `take` threw, or when the consumer gives up. */
async function run(consumer: Consumer, reading: Reading): Promise<void> {
  const { topic, cut, nextOffset, take } = reading;
  await new Promise<void>((resolve, reject) => {
    // kafkajs forgets positions whenever the group is joined.
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      for (const partition of payload.memberAssignment[topic] ?? []) {
        consumer.seek({ topic, partition, offset: String(nextOffset(partition)) });
      }
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    const eachMessages = (partition: number, messages: readonly KafkaMessage[]) => {
      const end = cut.get(partition) ?? 0;
      for (const message of messages) if (Number(message.offset) < end) take(partition, message);
      if (isRead(reading)) resolve();
    };
    consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          try {
            eachMessages(batch.partition, batch.messages);
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        },
      })
      .catch(reject);
  });
}
