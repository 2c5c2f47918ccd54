import { selectRows } from '@floodgate/adapters/mysql';
import { fen } from '@floodgate/kernel';
import { createTestDatabase, MemoryLog, type TestDatabase } from '@floodgate/testing';
import { type ChannelFaults, NO_FAULTS } from './channel-faults';
import { FakeChannel } from './fake-channel';
import { channelMigrations } from './migrations';

describe('FakeChannel', () => {
  let database: TestDatabase;
  const log = new MemoryLog();
  beforeAll(async () => {
    database = await createTestDatabase(channelMigrations);
  });
  afterAll(() => database.drop());

  const channel = (faults: Partial<ChannelFaults> = {}) =>
    new FakeChannel(database.dataSource, log, { ...NO_FAULTS, ...faults });

  async function entry(number: string): Promise<string | undefined> {
    const sql = `SELECT CONCAT_WS(' ', direction, state, attempts) AS entry FROM channel_entries WHERE number = ?`;
    return (await selectRows<{ entry: string }>(database.dataSource, sql, [number]))[0]?.entry;
  }

  it('moves money once for a number, however often and however concurrently it is told to', async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, () => channel().pay('n1', 'u1', fen(5))));
    expect(new Set(answers)).toEqual(new Set(['success']));
    expect(await entry('n1')).toBe('PAY DONE 1');
    expect(await channel().query('n1')).toBe('success');
  });

  it('does not know a number it never heard of', async () => {
    expect(await channel().query('n2')).toBe('not-found');
  });

  it('says unknown after having paid when the answer is lost, and success when asked again', async () => {
    const lossy = channel({ answerLostShare: 1 });
    expect([await lossy.pay('n3', 'u1', fen(5)), await lossy.pay('n3', 'u1', fen(5))]).toEqual(['unknown', 'success']);
    expect(await entry('n3')).toBe('PAY DONE 1');
  });

  it('says unknown and does nothing when the request is lost', async () => {
    const lossy = channel({ requestLostShare: 1 });
    expect(await lossy.collect('n4', 'u1', fen(5))).toBe('unknown');
    expect(await lossy.query('n4')).toBe('not-found');
    expect(await lossy.collect('n4', 'u1', fen(5))).toBe('success');
  });

  it('fails for sure without moving anything, and takes the same number again', async () => {
    expect(await channel({ failureShare: 1 }).pay('n5', 'u1', fen(5))).toBe('failure');
    expect(await channel().query('n5')).toBe('failure');
    expect(await channel().pay('n5', 'u1', fen(5))).toBe('success');
    expect(await entry('n5')).toBe('PAY DONE 2');
  });

  it('collects nothing under a number that was closed, and closes nothing that was collected', async () => {
    expect(await channel().close('n6', 'u1', fen(5))).toBe('closed');
    expect(await channel().collect('n6', 'u1', fen(5))).toBe('failure');
    expect(await channel().close('n6', 'u1', fen(5))).toBe('closed');
    await channel({ failureShare: 1 }).collect('n7', 'u1', fen(5));
    expect(await channel().close('n7', 'u1', fen(5))).toBe('closed');
    await channel().collect('n8', 'u1', fen(5));
    expect(await channel().close('n8', 'u1', fen(5))).toBe('success');
    expect([await entry('n6'), await entry('n7'), await entry('n8')]).toEqual([
      'COLLECT CLOSED 1',
      'COLLECT CLOSED 1',
      'COLLECT DONE 1',
    ]);
  });

  it.each([
    ['direction', () => channel().refund('n9', 'u1', fen(5))],
    ['user', () => channel().pay('n9', 'u2', fen(5))],
    ['amount', () => channel().pay('n9', 'u1', fen(6))],
  ])('moves nothing when a number comes back with another %s, and says why in its log', async (_what, again) => {
    await channel().pay('n9', 'u1', fen(5));
    expect(await again()).toBe('unknown');
    expect(await entry('n9')).toBe('PAY DONE 1');
    expect(log.lines.at(-1)?.message).toBe('fake channel: request failed');
  });

  it('hits the share of numbers it is told to, the same ones in every run', async () => {
    const faults = { failureShare: 0.3 };
    const run = (prefix: string) =>
      Promise.all(Array.from({ length: 100 }, (_, index) => channel(faults).pay(`${prefix}${index}`, 'u1', fen(1))));
    const first = await run('s');
    const failed = first.filter((answer) => answer === 'failure').length;
    expect(failed).toBeGreaterThan(15);
    expect(failed).toBeLessThan(45);
    await database.dataSource.query('DELETE FROM channel_entries');
    expect(await run('s')).toEqual(first);
  });
});
