import { type JsonCodec } from '@floodgate/contracts';
import { collectEvents, createTestTopic, type EventCollection, type TestTopic, until } from '@floodgate/testing';
import { EventPublisher } from './publisher';

interface Note {
  readonly number: number;
  readonly text: string;
}

const codec: JsonCodec<Note> = { fromJSON: (json) => json as Note, toJSON: (note) => note };

let topic: TestTopic<Note>;
let collection: EventCollection<Note>;
let publisher: EventPublisher;

beforeAll(async () => {
  topic = await createTestTopic(codec);
  publisher = new EventPublisher(topic.kafka);
  await publisher.connect();
  collection = await collectEvents(topic);
});
afterAll(async () => {
  await collection.stop();
  await publisher.disconnect();
  await topic.drop();
});

describe('EventPublisher', () => {
  it('sends more at once than a broker takes in one batch of records, in order', async () => {
    // 3 MB for one partition; a broker's default limit is 1 MB. What cannot be sent would be tried again for ever.
    const notes = Array.from({ length: 3_000 }, (_, number) => ({ number, text: 'x'.repeat(1_000) }));
    await publisher.publish(
      topic.topic,
      notes.map((message) => ({ key: 'k', message })),
    );
    await until('all notes', () => collection.events.length >= notes.length);
    expect(collection.events.map(({ number }) => number)).toEqual(notes.map(({ number }) => number));
  });
});
