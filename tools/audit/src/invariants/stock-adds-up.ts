import { Differences, type Invariant } from '../invariant';
import { type PoolBook } from '../log-book';

/** held + free + in transit + withdrawn is the stock that the operator published, pool by pool. */
export const stockAddsUp: Invariant = {
  name: 'stock-adds-up',
  check({ pools, published, stoppedShards, scope }) {
    const differences = new Differences();
    for (const [shard, reason] of stoppedShards) {
      if (scope.covers(shard.split('/')[0] ?? '')) differences.add(`shard ${shard} cannot be folded: ${reason}`);
    }
    const total = { held: 0, free: 0, inTransit: 0, withdrawn: 0 };
    const books = new Map(pools.map((book) => [book.key, book]));
    for (const [key, { spec }] of published) {
      const book = books.get(key);
      const count = book ? countUnits(book) : { held: 0, free: 0, inTransit: 0, withdrawn: 0 };
      for (const part of PARTS) total[part] += count[part];
      const sum = PARTS.reduce((units, part) => units + count[part], 0);
      if (sum !== spec.stock) differences.add(`${key} has ${sum} units (${inWords(count)}) of ${spec.stock}`);
    }
    for (const book of pools) {
      if (!published.has(book.key)) differences.add(`${book.key} is in the log and was never published`);
      for (const move of strangeMoves(book)) differences.add(`${book.key} ${move}`);
    }
    return { figures: `${published.size} pools: ${inWords(total)}`, differences };
  },
};

const PARTS = ['held', 'free', 'inTransit', 'withdrawn'] as const;
type UnitCount = Record<(typeof PARTS)[number], number>;

function inWords({ held, free, inTransit, withdrawn }: UnitCount): string {
  return `${held} held + ${free} free + ${inTransit} in transit + ${withdrawn} withdrawn`;
}

function countUnits(book: PoolBook): UnitCount {
  const count = { held: 0, free: 0, inTransit: 0, withdrawn: 0 };
  for (const { fate } of book.all()) if (fate !== 'ended') count[fate]++;
  for (const { free } of book.shardList()) count.free += free.size;
  for (const { from, to } of book.openMoves()) count.inTransit += to - from;
  return count;
}

/** A borrow must take exactly what its lend gave, or units come from nowhere. */
function strangeMoves(book: PoolBook): string[] {
  const lent = new Map(book.shardList().flatMap((shard) => [...shard.lent]));
  return book.shardList().flatMap(({ borrowed }) =>
    [...borrowed].flatMap(([moveId, { range }]) => {
      const gave = lent.get(moveId)?.range;
      if (gave?.from === range.from && gave.to === range.to) return [];
      return [`move ${moveId} borrows units ${range.from} to ${range.to} that were not lent`];
    }),
  );
}
