import { createTestTopic, MemoryLog, type TestTopic, until } from '@floodgate/testing';
import { takeWords, type Word, wordCodec, WordsBench } from '../test/words';
import { ConsumerPace, type PaceLimit } from './consumer-pace';
import { type EventConsumer } from './event-consumer';
import { type EventConsumerOptions } from './event-consumer-options';
import { ProgressWatchdog } from './progress-watchdog';

const PARTITIONS = 4;
const LOOKS = 6;

let bench: WordsBench;
let many: TestTopic<Word>;
const consumers: EventConsumer<Word>[] = [];

beforeAll(async () => {
  bench = await WordsBench.open();
});
afterAll(async () => {
  await bench.close();
});
beforeEach(async () => {
  await bench.beginAnew();
  many = await createTestTopic(wordCodec, PARTITIONS);
});
afterEach(async () => {
  for (const consumer of consumers.splice(0)) await consumer.stop();
  await many.drop();
});

async function consume(limit: PaceLimit, more: Partial<EventConsumerOptions<Word>> = {}) {
  const state = { limit };
  const pace = new ConsumerPace(() => state.limit);
  const consumer = await bench.consume({ pace, ...more });
  consumers.push(consumer);
  return { state, consumer };
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`);

/** One word a partition, with a publisher of its own: the bench's would fail for every topic once this one is gone. */
async function sayToEachPartition(): Promise<void> {
  const producer = many.kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const messages = numbered(PARTITIONS).map((text, partition) => ({ partition, value: JSON.stringify({ text }) }));
  await producer.send({ topic: many.topic.name, messages });
  await producer.disconnect();
}

describe('a consumer that is held back', () => {
  it('takes everything, in order, a little at a time, and at once again when the limit is lifted', async () => {
    const sizes: number[] = [];
    const words = numbered(60);
    await bench.say(...words);
    const { state } = await consume(
      { eventsPerSecond: 8, concurrency: null },
      {
        handle: async (events, tx) => {
          sizes.push(events.length);
          await takeWords(events, tx);
        },
      },
    );
    await until('a few are taken', () => sizes.length >= 4);
    expect(Math.max(...sizes)).toBe(2);
    state.limit = { eventsPerSecond: null, concurrency: null };
    await bench.untilWords(...words);
    expect(Math.max(...sizes)).toBeGreaterThan(2);
  });

  it('leaves a batch that takes long, comes back to it, and takes nothing twice', async () => {
    const words = numbered(12);
    await bench.say(...words);
    // Twelve words at this pace take longer than a batch may.
    await consume({ eventsPerSecond: 2, concurrency: null });
    await bench.untilWords(...words);
    // What was taken twice would be there twice once this one is.
    await bench.say('end');
    await bench.untilWords(...words, 'end');
  });

  it('is not taken for dead, while one that is stuck is, held back or not', async () => {
    const admin = bench.source.kafka.admin();
    await admin.connect();
    // More than it takes in minutes: some must be waiting at each look.
    await bench.say(...numbered(1_000));
    let isStuck = false;
    let holds = false;
    let release: () => void = () => undefined;
    const { consumer } = await consume(
      { eventsPerSecond: 4, concurrency: 1 },
      {
        handle: async (events, tx) => {
          if (isStuck) {
            holds = true;
            await new Promise<void>((resolve) => (release = resolve));
          }
          await takeWords(events, tx);
        },
      },
    );
    const dog = new ProgressWatchdog({ watched: consumer, admin, log: new MemoryLog(), stuckAfterMs: 60_000 });
    const lookAfterASign = async () => {
      const before = consumer.signsOfLife;
      await until('a sign of life', () => consumer.signsOfLife > before);
      await dog.look();
    };
    for (let look = 0; look < LOOKS * 2; look++) await lookAfterASign();
    expect(dog.verdict).toBeUndefined();
    expect(await consumer.lag(admin)).toBeGreaterThan(0);

    isStuck = true;
    await until('it is stuck', () => holds);
    // A look at which Kafka or MySQL does not answer counts for nothing.
    const verdict = await until('the verdict', async () => {
      await dog.look();
      return dog.verdict;
    });
    expect(verdict).toMatch(/has taken nothing/);
    isStuck = false;
    release();
    await admin.disconnect();
  });

  it('works on as many partitions at a time as it may, and on no more', async () => {
    let working = 0;
    let most = 0;
    let done = 0;
    const { state } = await consume(
      { eventsPerSecond: null, concurrency: 1 },
      {
        topic: many.topic,
        partitionsAtATime: PARTITIONS,
        handle: async () => {
          working += 1;
          most = Math.max(most, working);
          await new Promise((resolve) => setTimeout(resolve, 100));
          working -= 1;
          done += 1;
        },
      },
    );
    for (let round = 0; round < 3; round++) {
      const before = done;
      await sayToEachPartition();
      await until('a round is taken', () => done >= before + PARTITIONS);
    }
    expect(most).toBe(1);
    // Which partitions come together is Kafka's affair: sooner or later, two do.
    state.limit = { eventsPerSecond: null, concurrency: 2 };
    await until('two are worked on', async () => {
      await sayToEachPartition();
      return most === 2;
    });
    expect(most).toBe(2);
  });
});
