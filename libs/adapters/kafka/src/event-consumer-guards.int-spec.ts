import { randomUUID } from 'node:crypto';
import { createTestTopic, MemoryLog, type TestTopic, until } from '@floodgate/testing';
import { type Word, wordCodec, WordsBench } from '../test/words';
import { ConsumerOffsets } from './consumer-offsets';
import { readDeadLetter, withLetter } from './dead-letter';
import { PoisonMessage } from './event-consumer-options';

let bench: WordsBench;
const others: TestTopic<Word>[] = [];

beforeAll(async () => {
  bench = await WordsBench.open();
});
afterAll(async () => {
  await bench.close();
  for (const other of others) await other.drop();
});
beforeEach(async () => {
  await bench.beginAnew();
});

/** Another topic that answers to the name of the bench's, as one does that was deleted and made again. */
async function pretend(group: string, ...texts: string[]): Promise<TestTopic<Word>> {
  const other = await createTestTopic(wordCodec);
  others.push(other);
  await bench.publisher.publish(
    other.topic,
    texts.map((text) => ({ key: 'k', message: { text } })),
  );
  for (const table of ['consumer_offsets', 'consumed_topics'])
    await bench.database.dataSource.query(`UPDATE ${table} SET topic = ? WHERE consumer = ? AND topic = ?`, [
      other.topic.name,
      group,
      bench.source.topic.name,
    ]);
  return other;
}

async function taken(group: string, ...texts: string[]): Promise<void> {
  const consumer = await bench.consume({ consumer: group });
  await bench.say(...texts);
  await bench.untilWords(...texts);
  await consumer.stop();
}

describe('an EventConsumer', () => {
  it('halts at another log whose record stands where the last one stood that it took', async () => {
    const group = `test.${randomUUID()}`;
    await taken(group, 'a', 'b');
    const other = await pretend(group, 'x', 'y', 'z');
    const log = new MemoryLog();
    const consumer = await bench.consume({ consumer: group, topic: other.topic, log });
    expect(await until('it halts', () => consumer.halted)).toMatch(
      /record 1 of partition 0 .* is not the one that was/,
    );
    expect(await bench.words()).toEqual(['a', 'b']);
    expect(log.lines.filter(({ message }) => message === 'consumer has halted, somebody must look')).toHaveLength(1);
    await consumer.stop();
  });

  it('halts at its start when the log is shorter than what it took, or has other partitions', async () => {
    const group = `test.${randomUUID()}`;
    await taken(group, 'a', 'b');
    const shorter = await bench.consume({ consumer: group, topic: (await pretend(group, 'x')).topic });
    expect(shorter.halted).toMatch(/ends at 1, but it was taken up to 2: this is not the log/);
    await shorter.stop();

    await bench.beginAnew();
    await taken(group, 'c');
    const sql = 'UPDATE consumed_topics SET partitions = 4 WHERE consumer = ?';
    await bench.database.dataSource.query(sql, [group]);
    const consumer = await bench.consume({ consumer: group });
    expect(consumer.halted).toMatch(/has 1 partitions, but had 4 when it was first consumed/);
    await consumer.stop();
  });

  it('halts when messages that it has not taken are gone, at its start and while it runs', async () => {
    const group = `test.${randomUUID()}`;
    await taken(group, 'a');
    await bench.say('b', 'c');
    const admin = bench.source.kafka.admin();
    await admin.connect();
    // kafkajs looks up the leader only of topics it has heard of.
    await admin.fetchTopicOffsets(bench.source.topic.name);
    await admin.deleteTopicRecords({ topic: bench.source.topic.name, partitions: [{ partition: 0, offset: '2' }] });
    await admin.disconnect();
    const atStart = await bench.consume({ consumer: group });
    expect(atStart.halted).toMatch(/begins at 2, but it was taken up to 1 only: the messages between are gone/);
    await atStart.stop();

    const offsets = new ConsumerOffsets(group, bench.source.topic.name);
    await offsets.move(bench.database.dataSource, 0, { nextOffset: 2, lastHash: null });
    const running = await bench.consume({ consumer: group });
    await bench.untilWords('a', 'c');
    await offsets.move(bench.database.dataSource, 0, { nextOffset: 1, lastHash: null });
    await bench.say('d');
    expect(await until('it halts', () => running.halted)).toMatch(/begins at 2, but it was taken up to 1 only/);
    expect(await bench.words()).toEqual(['a', 'c']);
    await running.stop();
  });

  it('says what it tries in vain, and stops saying it when it succeeds', async () => {
    await bench.database.dataSource.query('RENAME TABLE words TO words_away');
    const consumer = await bench.consume();
    await bench.say('a');
    expect(await until('it says so', () => consumer.trouble)).toMatch(/has tried \d+ times: .*words/);
    expect(consumer.halted).toBeUndefined();
    await bench.database.dataSource.query('RENAME TABLE words_away TO words');
    await bench.untilWords('a');
    await until('no more trouble', () => consumer.trouble === undefined);
    await consumer.stop();
  });

  it('knows how many messages wait for it', async () => {
    const admin = bench.source.kafka.admin();
    await admin.connect();
    let isOpen = false;
    const consumer = await bench.consume({
      handle: () => (isOpen ? Promise.resolve() : Promise.reject(new Error('not yet'))),
    });
    await bench.say('a', 'b', 'c');
    await until('three wait', async () => (await consumer.lag(admin)) === 3);
    isOpen = true;
    await until('none waits', async () => (await consumer.lag(admin)) === 0);
    await admin.disconnect();
    await consumer.stop();
  });
});

describe('a dead letter that is replayed', () => {
  const letterOf = (headers: Record<string, string>) => {
    const letter = readDeadLetter(headers);
    if (letter === undefined) throw new Error('no dead letter');
    return letter;
  };
  const send = async (text: string, headers: Record<string, string>) =>
    bench.publisher.sendRaw([
      withLetter(
        bench.replay.topic.name,
        { key: Buffer.from('k'), value: Buffer.from(JSON.stringify({ text })) },
        letterOf(headers),
      ),
    ]);

  it('is taken once by the consumer that set it aside, however often it is sent, and by no other', async () => {
    let isMended = false;
    const seen: string[] = [];
    const consumer = await bench.consume({
      handle: ([...events]) => {
        const texts = events.map(({ message }) => message.text);
        if (!isMended && texts.includes('bad')) return Promise.reject(new PoisonMessage('not yet understood'));
        seen.push(...texts);
        return Promise.resolve();
      },
    });
    const others: string[] = [];
    const other = await bench.consume({
      handle: (events) => Promise.resolve(void others.push(...events.map(({ message }) => message.text))),
    });
    await bench.say('bad', 'a');
    const headers = await bench.deadLetterHeaders();
    expect(headers).toMatchObject({ 'fg-offset': '0', 'fg-error': 'not yet understood' });
    isMended = true;
    await send('bad', headers);
    await send('bad', headers);
    await until('it is taken', () => seen.includes('bad'));
    await bench.say('b');
    await until('what comes after is taken', () => seen.includes('b') && others.includes('b'));
    // Both replays were read by both consumers once a third one has been.
    await send('bad', { ...headers, 'fg-offset': '7' });
    await until('the third is taken', () => seen.filter((text) => text === 'bad').length > 1);
    expect(seen.sort()).toEqual(['a', 'b', 'bad', 'bad']);
    expect(others).toEqual(['bad', 'a', 'b']);
    await consumer.stop();
    await other.stop();
  });

  it('is set aside again, as from where it first stood, when it still cannot be taken', async () => {
    const log = new MemoryLog();
    const consumer = await bench.consume({ log });
    const setAside = () => log.lines.filter(({ message }) => message === 'message set aside as dead letter');
    await bench.say('a', 'poison');
    await until('it is set aside', () => setAside().length === 1);
    await send('poison', await bench.deadLetterHeaders());
    await until('it is set aside again', () => setAside().length === 2);
    expect(setAside()[1]?.fields).toMatchObject({ topic: bench.source.topic.name, partition: 0, offset: 1 });
    await consumer.stop();
  });
});
