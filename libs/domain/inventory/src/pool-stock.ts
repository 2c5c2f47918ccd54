import { type Pool } from './pool';
import { type ShardState } from './shard-state';
import { countStock, type StockCount } from './stock-count';

/** What is left of a pool, as its folds show it. */
export interface PoolLevel extends StockCount {
  readonly pool: Pool;
  /** Grows with what the log has decided about the pool; the same in every instance that has read as far. */
  readonly version: number;
  /** Every shard is created, so that the counts add up to the stock. */
  readonly ready: boolean;
  /** Every shard is closed, and no unit is between two of them. */
  readonly closed: boolean;
  /** Nothing can come back: all is closed, or the packets are all gone. */
  readonly final: boolean;
}

/** The folds of all shards of one pool, seen together. */
export class PoolStock {
  private readonly shards = new Map<number, ShardState>();
  private latest: PoolLevel | undefined;

  constructor(readonly pool: Pool) {}

  /** Tells that the fold has taken a record of this shard. */
  folded(state: ShardState): void {
    this.shards.set(state.id.shardNo, state);
    this.latest = undefined;
  }

  get states(): IterableIterator<ShardState> {
    return this.shards.values();
  }

  shard(shardNo: number): ShardState | undefined {
    return this.shards.get(shardNo);
  }

  /** Counted again only after a record. */
  get level(): PoolLevel {
    this.latest ??= this.measure();
    return this.latest;
  }

  private measure(): PoolLevel {
    const { pool } = this;
    const states = [...this.shards.values()];
    const count = countStock(states);
    const ready = states.length === pool.shards;
    const isSettled = ready && count.atCut && count.inTransit === 0;
    const closed = isSettled && states.every((state) => state.closed);
    // A unit of a sale may come back as long as its pool is open; a packet never does.
    const final = closed || (isSettled && count.free === 0 && pool.settlement === 'payout');
    const version = states.reduce((sum, { lastOffset }) => sum + lastOffset + 1, 0);
    return { pool, ...count, version, ready, closed, final };
  }
}
