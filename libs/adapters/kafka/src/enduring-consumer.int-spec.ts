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
    expect(seen).toEqual(['"a"']);
    await consumer.stop();
    await publisher.disconnect();
    await drop();
  });

  it('begins anew when it is asked to, with a configuration of its own', async () => {
    const { kafka, topic, drop } = await createTestTopic(codec);
    const publisher = new EventPublisher(kafka);
    await publisher.connect();
    const seen: string[] = [];
    const groups: string[] = [];
    const config = () => {
      const groupId = `test.${randomUUID()}`;
      groups.push(groupId);
      return { groupId };
    };
    const consumer = new EnduringConsumer(kafka, config, new MemoryLog(), async (begun) => {
      await begun.connect();
      await begun.subscribe({ topic: topic.name, fromBeginning: true });
      await begun.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
    });
    await consumer.start();
    await publisher.publish(topic, [{ key: 'k', message: 'a' }]);
    await until('the first consumer has it', () => seen.length === 1);
    const first = consumer.current;
    consumer.beginAnew();
    consumer.beginAnew();
    await until('the second has read it from the beginning', () => seen.length === 2);
    expect(consumer.current).not.toBe(first);
    expect(new Set(groups).size).toBe(2);
    await consumer.stop();
    await publisher.disconnect();
    await drop();
  });
});
