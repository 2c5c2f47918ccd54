import { type TestTopic } from './kafka';

export interface EventCollection<T> {
  /** Everything read so far, oldest first within a partition. */
  readonly events: readonly T[];
  stop(): Promise<void>;
}

/** Reads a topic from its beginning and keeps what comes. Stop it in afterAll, before the topic is dropped. */
export async function collectEvents<T>({ kafka, topic }: TestTopic<T>): Promise<EventCollection<T>> {
  const events: T[] = [];
  const offsets = new Set<string>();
  const consumer = kafka.consumer({ groupId: `${topic.name}.collector` });
  await consumer.connect();
  await consumer.subscribe({ topic: topic.name, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      // A group that is joined anew is handed again what it had not committed.
      const offset = `${partition}/${message.offset}`;
      if (offsets.has(offset)) return;
      offsets.add(offset);
      events.push(topic.codec.fromJSON(JSON.parse(message.value?.toString() ?? '')));
    },
  });
  return { events, stop: () => consumer.disconnect() };
}
