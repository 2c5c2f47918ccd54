import { randomUUID } from 'node:crypto';
import { execute } from '@floodgate/adapters/mysql';
import { until } from '@floodgate/testing';
import { takeWords, type Word, WordsBench } from '../test/words';
import { ConsumerOffsets } from './consumer-offsets';
import { type EventConsumerOptions } from './event-consumer-options';

let bench: WordsBench;

beforeAll(async () => {
  bench = await WordsBench.open();
});
afterAll(async () => {
  await bench.close();
});
beforeEach(async () => {
  await bench.beginAnew();
});

describe('EventConsumer', () => {
  it('takes what was published before it began, and what comes after', async () => {
    await bench.say('a', 'b');
    const consumer = await bench.consume();
    await bench.untilWords('a', 'b');
    await bench.say('c');
    await bench.untilWords('a', 'b', 'c');
    await consumer.stop();
  });

  it('takes a batch once when another group member delivers it again', async () => {
    const group = `test.${randomUUID()}`;
    const first = await bench.consume({ consumer: group });
    await bench.say('a', 'b');
    await bench.untilWords('a', 'b');
    await first.stop();
    // Kafka forgets how far the group was; the offset in MySQL does not.
    const admin = bench.source.kafka.admin();
    await admin.connect();
    const reset = { groupId: group, topic: bench.source.topic.name, partitions: [{ partition: 0, offset: '0' }] };
    // A member that was lost on the way is in the group until its session is over.
    await until('the group is empty', () =>
      admin.setOffsets(reset).then(
        () => true,
        () => false,
      ),
    );
    await admin.disconnect();
    const second = await bench.consume({ consumer: group });
    await bench.say('c');
    await bench.untilWords('a', 'b', 'c');
    await second.stop();
  });

  it('passes over what it does not want, without a transaction, and counts it as taken', async () => {
    const group = `test.${randomUUID()}`;
    const handled = new Set<string>();
    const noting: EventConsumerOptions<Word>['handle'] = async (events, tx) => {
      for (const { message } of events) handled.add(message.text);
      await takeWords(events, tx);
    };
    const options = { consumer: group, wants: ({ text }: Word) => text.startsWith('w'), handle: noting };
    const first = await bench.consume(options);
    await bench.say('a', 'w1', 'b', 'w2');
    await bench.untilWords('w1', 'w2');
    await bench.say('c', 'd');
    const offsets = new ConsumerOffsets(group, bench.source.topic.name);
    await until(
      'the unwanted are passed',
      async () => (await offsets.read(bench.database.dataSource)).get(0)?.nextOffset === 6,
    );
    expect([...handled]).toEqual(['w1', 'w2']);
    await first.stop();
    const second = await bench.consume(options);
    await bench.say('w3');
    await bench.untilWords('w1', 'w2', 'w3');
    await second.stop();
  });

  it('gathers what comes in quick succession into one batch', async () => {
    const sizes: number[] = [];
    const counting: EventConsumerOptions<Word>['handle'] = async (events, tx) => {
      sizes.push(events.length);
      await takeWords(events, tx);
    };
    const GATHER_MS = 1_000;
    const consumer = await bench.consume({ gatherMs: GATHER_MS, handle: counting });
    const saidAt = performance.now();
    const texts = Array.from({ length: 20 }, (_, index) => `t${index}`);
    for (const text of texts) await bench.say(text);
    await bench.untilWords(...texts);
    const tookMs = performance.now() - saidAt;
    await consumer.stop();
    // Each was gathered for so long, however slow the saying was; the first had begun before.
    expect(sizes.length).toBeLessThanOrEqual(tookMs / GATHER_MS + 2);
  });

  it('reads again what a restored database has lost', async () => {
    const group = `test.${randomUUID()}`;
    const offsets = new ConsumerOffsets(group, bench.source.topic.name);
    const first = await bench.consume({ consumer: group });
    await bench.say('a');
    await bench.untilWords('a');
    const backup = (await offsets.read(bench.database.dataSource)).get(0);
    await bench.say('b', 'c');
    await bench.untilWords('a', 'b', 'c');
    await execute(bench.database.dataSource, 'DELETE FROM words WHERE text <> ?', ['a']);
    await offsets.move(bench.database.dataSource, 0, backup ?? { nextOffset: 0, lastHash: null });
    await bench.say('d');
    await bench.untilWords('a', 'b', 'c', 'd');
    await first.stop();

    await execute(bench.database.dataSource, 'DELETE FROM words WHERE text <> ?', ['a']);
    await offsets.move(bench.database.dataSource, 0, backup ?? { nextOffset: 0, lastHash: null });
    const second = await bench.consume({ consumer: group });
    await bench.untilWords('a', 'b', 'c', 'd');
    await second.stop();
  });

  it('rolls the rows back together with the offset when it dies before the commit', async () => {
    let deaths = 2;
    const consumer = await bench.consume({
      handle: async (events, tx) => {
        await takeWords(events, tx);
        if (deaths-- > 0) throw new Error('dies here');
      },
    });
    await bench.say('a', 'b');
    await bench.untilWords('a', 'b');
    expect(deaths).toBeLessThan(0);
    await consumer.stop();
  });

  it('sets only the message at fault aside, with where it came from, and goes on', async () => {
    const consumer = await bench.consume();
    await bench.say('a', 'poison', 'b');
    await bench.untilWords('a', 'b');
    await bench.say('c');
    await bench.untilWords('a', 'b', 'c');
    await consumer.stop();
    expect(await bench.deadLetterHeaders()).toMatchObject({ 'fg-offset': '1', 'fg-partition': '0' });
  });

  it('sets aside what the database can never hold', async () => {
    const consumer = await bench.consume();
    await bench.say('a', 'x'.repeat(51), 'b');
    await bench.untilWords('a', 'b');
    await consumer.stop();
    expect(await bench.deadLetterHeaders()).toMatchObject({ 'fg-offset': '1' });
  });

  it('waits for a table that is away, however often it is refused, and loses nothing', async () => {
    await bench.database.dataSource.query('RENAME TABLE words TO words_away');
    let refusals = 0;
    const counting: EventConsumerOptions<Word>['handle'] = async (events, tx) => {
      refusals += 1;
      await takeWords(events, tx);
    };
    const consumer = await bench.consume({ handle: counting });
    await bench.say('a');
    // What is refused for its values is set aside at the fifth.
    await until('six refusals', () => refusals >= 6);
    await bench.database.dataSource.query('RENAME TABLE words_away TO words');
    await bench.untilWords('a');
    await consumer.stop();
  });
});
