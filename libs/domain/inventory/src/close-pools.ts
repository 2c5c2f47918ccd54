import { type Clock } from '@floodgate/kernel';
import { type StockLog } from './admission';
import { type PoolStock } from './pool-stock';
import { shardKey } from './pool';

/** Time for what was proposed in the last moment to be decided. */
const AFTER_CLOSING_MS = 1_000;
/** How long a `closed` record may take to be read back before it is written again. */
const AGAIN_AFTER_MS = 10_000;

/**
 * Writes `closed` to each shard of a pool whose time is over: no grant counts after it. Every instance does so, since it
 * changes nothing when it is written twice.
 */
export class ClosePools {
  private readonly writtenAtMs = new Map<string, number>();

  constructor(
    private readonly log: StockLog,
    private readonly clock: Clock,
  ) {}

  /** Rejects when the log is out of reach. */
  async close(stocks: Iterable<PoolStock>): Promise<void> {
    const nowMs = this.clock.nowMs();
    for (const stock of stocks) {
      if (nowMs < stock.pool.closesAtMs + AFTER_CLOSING_MS) continue;
      const open = [...stock.states].filter(
        (state) => !state.closed && nowMs - (this.writtenAtMs.get(shardKey(state.id)) ?? -Infinity) > AGAIN_AFTER_MS,
      );
      if (open.length === 0) continue;
      for (const { id } of open) this.writtenAtMs.set(shardKey(id), nowMs);
      await this.log.append(open.map(({ id }) => ({ shard: id, record: { kind: 'closed' } })));
    }
  }
}
