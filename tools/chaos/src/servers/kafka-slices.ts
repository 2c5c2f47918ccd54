import { randomUUID } from 'node:crypto';
import { type Admin, type Consumer, type Kafka } from 'kafkajs';

/** Offsets, exclusive, by partition. */
export type Offsets = ReadonlyMap<number, number>;

/** A topic from one set of offsets to another. */
export interface Slice {
  readonly topic: string;
  readonly from: Offsets;
  readonly to: Offsets;
}

export interface SliceMessage {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
}

/** Where the topic ends now. */
export async function endsOf(admin: Admin, topic: string): Promise<Offsets> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
}

class Reading {
  readonly messages: SliceMessage[] = [];
  private readonly next: Map<number, number>;

  constructor(private readonly slice: Slice) {
    this.next = new Map(slice.from);
  }

  nextOffset(partition: number): number {
    return this.next.get(partition) ?? 0;
  }

  get isDone(): boolean {
    return [...this.slice.to].every(([partition, end]) => this.nextOffset(partition) >= end);
  }

  /** Throws when the broker leaves something out: then it has lost it. */
  take(partition: number, offset: number, key: Buffer | null, value: Buffer | null): void {
    const expected = this.nextOffset(partition);
    if (offset < expected || offset >= (this.slice.to.get(partition) ?? 0)) return;
    if (offset > expected) throw new Error(`${this.slice.topic} ${partition} goes on at ${offset}, not ${expected}`);
    this.next.set(partition, offset + 1);
    this.messages.push({ partition, offset, key: key?.toString() ?? '', value: value?.toString() ?? '' });
  }
}

/** Reads slices of several topics, each partition in order, in a group of its own; commits nothing. */
export async function readSlices(kafka: Kafka, slices: readonly Slice[]): Promise<SliceMessage[][]> {
  const readings = new Map(slices.map((slice) => [slice.topic, new Reading(slice)]));
  const all = [...readings.values()];
  if (!all.every(({ isDone }) => isDone)) {
    const consumer = kafka.consumer({
      groupId: `chaos.${randomUUID()}`,
      maxWaitTimeInMs: 50,
      allowAutoTopicCreation: false,
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...readings.keys()], fromBeginning: true });
      await run(consumer, readings);
    } finally {
      await consumer.disconnect();
    }
  }
  return all.map(({ messages }) => messages);
}

async function run(consumer: Consumer, readings: ReadonlyMap<string, Reading>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // kafkajs forgets positions whenever the group is joined.
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      for (const [topic, reading] of readings) {
        for (const partition of payload.memberAssignment[topic] ?? []) {
          consumer.seek({ topic, partition, offset: String(reading.nextOffset(partition)) });
        }
      }
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          const reading = readings.get(batch.topic);
          try {
            for (const { offset, key, value } of batch.messages) {
              reading?.take(batch.partition, Number(offset), key, value);
            }
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
          if ([...readings.values()].every(({ isDone }) => isDone)) resolve();
        },
      })
      .catch(reject);
  });
}
