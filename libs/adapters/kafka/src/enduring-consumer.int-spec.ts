import { randomUUID } from 'node:crypto';
import { type JsonCodec } from '@floodgate/contracts';
import { createTestTopic, MemoryLog, until } from '@floodgate/testing';
import { KafkaJSNonRetriableError } from 'kafkajs';
import { EnduringConsumer } from './enduring-consumer';
import { EventPublisher } from './publisher';

const codec: JsonCodec<string> = { fromJSON: String, toJSON: (text) => text };

describe('EnduringConsumer', () => {
  it('begins anew when kafkajs gives the consumer up for good', async () => {
    const { kafka, topic, drop } = await createTestTopic(codec);
    const publisher = new EventPublisher(kafka);
    await publisher.connect();
    await publisher.publish(topic, [{ key: 'k', message: 'a' }]);
    const seen: string[] = [];
    let givenUp = 0;
    const consumer = new EnduringConsumer(
      kafka,
      () => ({ groupId: `test.${randomUUID()}` }),
      new MemoryLog(),
      async (begun) => {
        await begun.connect();
        await begun.subscribe({ topic: topic.name, fromBeginning: true });
        await begun.run({
          eachMessage: async ({ message }) => {
            if (givenUp++ === 0) throw new KafkaJSNonRetriableError('an error that kafkajs does not know');
            seen.push(String(message.value));
          },
        });
      },
    );
    await consumer.start();
    await until('the message is taken after all', () => seen.length > 0);
    // More than once is Kafka's right.
    expect(new Set(seen)).toEqual(new Set(['"a"']));
    await consumer.stop();
    await publisher.disconnect();
    await drop();
  });

  it.each([
    ['began', () => Promise.resolve()],
    ['failed to begin', () => Promise.reject(new Error('as if the topic were not known yet'))],
  ])('does not consume when it was stopped while it %s, or before', async (_what, end) => {
    const { kafka, topic, drop } = await createTestTopic(codec);
    const publisher = new EventPublisher(kafka);
    await publisher.connect();
    await publisher.publish(topic, [{ key: 'k', message: 'a' }]);
    const seen: string[] = [];
    let begun = 0;
    const consumer = new EnduringConsumer(
      kafka,
      () => ({ groupId: `test.${randomUUID()}` }),
      new MemoryLog(),
      async (made) => {
        begun += 1;
        await consumer.stop();
        await made.connect();
        await made.subscribe({ topic: topic.name, fromBeginning: true });
        await made.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
        await end();
      },
    );
    let disconnected = 0;
    consumer.current.on(consumer.current.events.DISCONNECT, () => (disconnected += 1));
    await consumer.start();
    expect(disconnected).toBe(2);
    await consumer.start();
    expect(begun).toBe(1);
    // It was disconnected before it could read anything.
    expect(seen).toEqual([]);
    await publisher.disconnect();
    await drop();
  });

  it('begins anew when it is asked to, with a configuration of its own', async () => {
    const { kafka, topic, drop } = await createTestTopic(codec);
    const publisher = new EventPublisher(kafka);
    await publisher.connect();
    /** The groups that have read it. */
    const seen = new Set<string | undefined>();
    const groups: string[] = [];
    const log = new MemoryLog();
    const config = () => {
      const groupId = `test.${randomUUID()}`;
      groups.push(groupId);
      return { groupId };
    };
    const consumer = new EnduringConsumer(kafka, config, log, async (begun) => {
      const group = groups.at(-1);
      await begun.connect();
      await begun.subscribe({ topic: topic.name, fromBeginning: true });
      await begun.run({ eachMessage: async () => void seen.add(group) });
    });
    await consumer.start();
    await publisher.publish(topic, [{ key: 'k', message: 'a' }]);
    await until('the first consumer has it', () => seen.has(groups.at(-1)));
    const first = consumer.current;
    const [before, troubles] = [groups.length, log.lines.length];
    consumer.beginAnew();
    consumer.beginAnew();
    await until('the next has read it from the beginning', () => seen.has(groups.at(-1)) && groups.length > before);
    expect(consumer.current).not.toBe(first);
    expect(new Set(groups).size).toBe(groups.length);
    // One follows, however often it is asked, and one more for each trouble with Kafka.
    expect(groups.length - before).toBeLessThanOrEqual(1 + log.lines.length - troubles);
    await consumer.stop();
    await publisher.disconnect();
    await drop();
  });
});
