import { randomUUID } from 'node:crypto';
import { MemoryLog, until } from '@floodgate/testing';
import { type Word, WordsBench } from '../test/words';
import { CAUSATION_HEADER, EVENT_DEADLINE_HEADER, withEventHeaders } from './event-headers';
import { enqueueEvents, OutboxRelay } from './outbox';
import { OUTBOX_TABLE } from './tables';

let bench: WordsBench;

beforeAll(async () => {
  bench = await WordsBench.open();
  await bench.database.dataSource.query(OUTBOX_TABLE);
});
afterAll(async () => {
  await bench.close();
});

describe('an event that a request caused', () => {
  it('says which one, and until when somebody waits, on its way through outbox and Kafka', async () => {
    const { dataSource } = bench.database;
    const headers = { [CAUSATION_HEADER]: 'request-1', [EVENT_DEADLINE_HEADER]: '1234567' };
    const say = (text: string) =>
      enqueueEvents<Word>(dataSource, bench.source.topic, [{ key: 'k', message: { text } }]);
    await withEventHeaders(headers, async () => {
      await dataSource.query('SELECT 1');
      await say('asked for');
    });
    await say('by itself');
    await new OutboxRelay(dataSource, bench.publisher, new MemoryLog(), 1_000).relayOnce();

    const awaited = new Map<string, number | undefined>();
    const consumer = await bench.consume({
      consumer: `test.${randomUUID()}`,
      handle: (events) => {
        for (const { message, awaitedUntilMs } of events) awaited.set(message.text, awaitedUntilMs);
        return Promise.resolve();
      },
    });
    await until('both are taken', () => awaited.size === 2);
    await consumer.stop();
    expect(Object.fromEntries(awaited)).toEqual({ 'asked for': 1_234_567, 'by itself': undefined });
  });
});
