import { emptyShard, type FoldEffect, type Pool, type StockLogEntry } from '@floodgate/domain/inventory';
import { LogBook } from './log-book';
import { Scope } from './scope';
import { findTwice } from './twice';

const POOL = { campaignId: 'c', poolId: 'p' } as Pool;
const NO_ROWS = { rows: async function* () {} } as unknown as Parameters<typeof findTwice>[1];

/** A book of what a fold might claim, also one that has lost its rules. */
function bookOf(...claims: { shardNo: number; effect: FoldEffect }[]): LogBook {
  const book = new LogBook();
  claims.forEach(({ shardNo, effect }, offset) => {
    const shard = { ...POOL, shardNo };
    const entry: StockLogEntry = { shard, partition: 0, offset, writtenAtMs: 1, record: { kind: 'closed' } };
    book.take({ entry, state: { ...emptyShard(shard), pool: POOL }, effects: [effect] });
  });
  return book;
}

const holding = (userId: string, unitNo: number, generation = 0) => ({
  userId,
  unitNo,
  generation,
  grabId: `g-${userId}-${unitNo}`,
  qualificationId: '',
});
const granted = (userId: string, unitNo: number, generation = 0, shardNo = 0) => ({
  shardNo,
  effect: { kind: 'granted', holding: holding(userId, unitNo, generation), index: 0 } as const,
});
const ended = (userId: string, unitNo: number, toStock = true) => ({
  shardNo: 0,
  effect: { kind: 'ended', holding: holding(userId, unitNo), toStock, causationId: '' } as const,
});

describe('the audit’s own counting, against a fold that is wrong', () => {
  it.each([
    ['one unit in two shards', bookOf(granted('a', 1), granted('b', 1, 0, 1)), ['c/p unit 1'], []],
    ['a unit on sale again before it was ended', bookOf(granted('a', 1), granted('b', 1, 1)), ['c/p unit 1'], []],
    [
      'a withdrawn unit granted anew',
      bookOf(granted('a', 1), ended('a', 1, false), granted('b', 1, 1)),
      ['c/p unit 1'],
      [],
    ],
    ['one user with two units', bookOf(granted('a', 1), granted('a', 2)), [], ['c/p user a']],
    ['an ended unit granted anew, to whoever', bookOf(granted('a', 1), ended('a', 1), granted('a', 1, 1)), [], []],
  ])('%s', async (_, book, units, users) => {
    const twice = await findTwice([...book.pools.values()], NO_ROWS, 'fg_inventory', new Scope(undefined));
    expect([...twice.units.keys()]).toEqual(units);
    expect([...twice.users.keys()]).toEqual(users);
  });
});
