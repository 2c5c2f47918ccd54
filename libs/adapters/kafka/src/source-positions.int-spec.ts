import { createTestDatabase, type TestDatabase } from '@floodgate/testing';
import { PoisonMessage } from './event-consumer-options';
import { notTakenBefore, SourcePositions1769000000001 } from './source-positions';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase([SourcePositions1769000000001]);
});
afterAll(async () => {
  await database.drop();
});
beforeEach(async () => {
  await database.dataSource.query('DELETE FROM source_positions');
});

interface Event {
  readonly eventId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly userId: string;
}

const event = (eventId: string, userId = 'u', poolId = 'p'): Event => ({ eventId, campaignId: 'c', poolId, userId });

const take = async (consumer: string, ...events: Event[]) =>
  (await notTakenBefore(database.dataSource, consumer, events)).map(({ eventId }) => eventId);

describe('notTakenBefore', () => {
  it('drops a grant of generation n that comes again after the user’s grant of generation n + 1', async () => {
    const [granted, grantedAgain] = [event('0:5:3'), event('0:9:0')];
    expect(await take('order', granted)).toEqual(['0:5:3']);
    expect(await take('order', grantedAgain)).toEqual(['0:9:0']);
    expect(await take('order', granted, grantedAgain)).toEqual([]);
    expect(await take('order', event('0:9:1'))).toEqual(['0:9:1']);
  });

  it('drops a release that comes again after the next grant and its release', async () => {
    const [released, releasedAgain] = [event('0:6:0'), event('0:12:0')];
    expect(await take('released', released)).toEqual(['0:6:0']);
    expect(await take('granted', event('0:5:0'), event('0:9:0'))).toEqual(['0:5:0', '0:9:0']);
    expect(await take('released', released)).toEqual([]);
    expect(await take('released', releasedAgain, released)).toEqual(['0:12:0']);
  });

  it('keeps users, pools and consumers apart, and takes an event that is twice in a batch once', async () => {
    expect(await take('order', event('0:5:0'), event('0:5:0'), event('0:5:1', 'v'))).toEqual(['0:5:0', '0:5:1']);
    expect(await take('order', event('0:4:0', 'w'), event('3:1:0', 'u', 'q'))).toEqual(['0:4:0', '3:1:0']);
    expect(await take('payout', event('0:5:0'))).toEqual(['0:5:0']);
  });

  it('compares offsets as numbers', async () => {
    expect(await take('order', event('0:9:9'))).toEqual(['0:9:9']);
    expect(await take('order', event('0:10:0'))).toEqual(['0:10:0']);
    expect(await take('order', event('0:10:2'), event('0:10:10'))).toEqual(['0:10:2', '0:10:10']);
  });

  it('notes nothing of a transaction that is rolled back', async () => {
    const dying = database.dataSource.transaction(async (tx) => {
      await notTakenBefore(tx, 'order', [event('0:5:0')]);
      throw new Error('dies here');
    });
    await expect(dying).rejects.toThrow('dies here');
    expect(await take('order', event('0:5:0'))).toEqual(['0:5:0']);
  });

  it('refuses what is no position, or of a partition where this user’s shard does not lie', async () => {
    await expect(take('order', event('not-a-position'))).rejects.toThrow(PoisonMessage);
    await take('order', event('0:5:0'));
    await expect(take('order', event('1:6:0'))).rejects.toThrow(/1:6:0 is of another partition/);
  });
});
