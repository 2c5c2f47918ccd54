import { type ShardState } from './shard-state';

export interface StockCount {
  readonly free: number;
  readonly held: number;
  /** Lent by one shard and not yet borrowed by the other. */
  readonly inTransit: number;
  readonly withdrawn: number;
  /** Each lender is read past every borrow from it. Only then do the four add up to the stock. */
  readonly atCut: boolean;
}

/** Sums a pool's shards. */
export function countStock(shards: Iterable<ShardState>): StockCount {
  let free = 0;
  let held = 0;
  let withdrawn = 0;
  const lent = new Map<string, number>();
  const borrowed = new Map<string, number>();
  for (const shard of shards) {
    free += shard.free.size;
    held += shard.heldCount;
    withdrawn += shard.withdrawnCount;
    for (const [moveId, { range }] of shard.lent) lent.set(moveId, range.to - range.from);
    for (const [moveId, { range }] of shard.borrowed) borrowed.set(moveId, range.to - range.from);
  }
  let inTransit = 0;
  for (const [moveId, units] of lent) if (!borrowed.has(moveId)) inTransit += units;
  const atCut = [...borrowed.keys()].every((moveId) => lent.has(moveId));
  return { free, held, inTransit, withdrawn, atCut };
}
