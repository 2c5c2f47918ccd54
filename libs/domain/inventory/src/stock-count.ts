import { type ShardState } from './shard-state';

export interface StockCount {
  readonly free: number;
  readonly held: number;
  /** Lent by one shard and not yet borrowed by the other. */
  readonly inTransit: number;
  readonly withdrawn: number;
}

/** Sums a pool's shards. At a cut where each lender is read past every borrow, the four add up to the stock. */
export function countStock(shards: Iterable<ShardState>): StockCount {
  let free = 0;
  let held = 0;
  let withdrawn = 0;
  const openMoves = new Map<string, number>();
  for (const shard of shards) {
    free += shard.free.size;
    held += shard.heldCount;
    withdrawn += shard.withdrawnCount;
    for (const [moveId, { range }] of shard.lent) addTo(openMoves, moveId, range.to - range.from);
    for (const [moveId, { range }] of shard.borrowed) addTo(openMoves, moveId, range.from - range.to);
  }
  let inTransit = 0;
  for (const units of openMoves.values()) inTransit += units;
  return { free, held, inTransit, withdrawn };
}

function addTo(counts: Map<string, number>, key: string, units: number): void {
  counts.set(key, (counts.get(key) ?? 0) + units);
}
