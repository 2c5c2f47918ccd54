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
      { groupId: `test.${randomUUID()}` },
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
});
