import { answerFromFold, type GrabAnswer, type GrabRequest } from './grab-answer';
import { type FoldEffect } from './fold';
import { type Pool, poolKey, shardKey } from './pool';
import { homeShard } from './shard-map';
import { ShardDesk, type DeskLimits, type DeskPorts } from './shard-desk';
import { type ShardState } from './shard-state';
import { countStock, type StockCount } from './stock-count';

export interface PoolCount extends StockCount {
  readonly pool: Pool;
  /** Every shard is created, so the counts add up to the stock. */
  readonly ready: boolean;
}

/** The grab: finds the user's home shard and lets its desk decide. One per inventory instance. */
export class GrabUnit {
  private readonly pools = new Map<string, Pool>();
  private readonly desks = new Map<string, ShardDesk>();

  constructor(
    private readonly ports: DeskPorts,
    private readonly limits: DeskLimits,
  ) {}

  /** Decides a grab. Rejects never: whatever goes wrong is WAIT, and the same grabId asked again is decided. */
  grab(request: GrabRequest): Promise<GrabAnswer> | GrabAnswer {
    const pool = this.pools.get(poolKey(request));
    const desk = pool && this.homeDesk(pool, request.userId);
    if (pool === undefined || desk === undefined) return { outcome: 'NO_SUCH_CAMPAIGN' };
    // What the log has decided stands, whatever the hour.
    const known = answerFromFold(desk.state, request);
    if (known !== undefined) return known;
    const nowMs = this.ports.clock.nowMs();
    if (nowMs < pool.opensAtMs) return { outcome: 'NOT_OPEN_YET', pollAfterMs: pool.opensAtMs - nowMs };
    if (nowMs >= pool.closesAtMs || desk.state.closed) return { outcome: 'CLOSED' };
    return desk.grab(request, () => this.soldOut(pool));
  }

  /** The result of a grab, for ever: never hidden by the hour, by a sell-out or by closing. */
  result(request: GrabRequest): GrabAnswer {
    const pool = this.pools.get(poolKey(request));
    const desk = pool && this.homeDesk(pool, request.userId);
    if (desk === undefined) return { outcome: 'NO_SUCH_CAMPAIGN' };
    const known = desk.state.grabs.has(request.grabId) ? answerFromFold(desk.state, request) : undefined;
    if (known !== undefined) return known;
    const outcome = desk.isWaiting(request.grabId) ? 'WAIT' : 'UNKNOWN_GRAB';
    return { outcome, pollAfterMs: this.limits.pollAfterMs };
  }

  /** Takes over what the fold has just made of a record. */
  folded(state: ShardState, offset: number, effects: readonly FoldEffect[]): void {
    if (state.pool === undefined) return;
    this.pools.set(poolKey(state.id), state.pool);
    const key = shardKey(state.id);
    let desk = this.desks.get(key);
    if (desk === undefined) {
      desk = new ShardDesk(state, this.ports, this.limits);
      this.desks.set(key, desk);
    }
    desk.folded(offset, effects);
  }

  /** Loads every shard that has something to give, so that the first grab does not wait for it. */
  async warmUp(): Promise<void> {
    await Promise.all(
      [...this.desks.values()].filter((desk) => desk.state.free.size > 0).map((desk) => desk.ensureLoaded()),
    );
  }

  waitingCount(): number {
    let count = 0;
    for (const desk of this.desks.values()) count += desk.waitingCount;
    return count;
  }

  /** Stock of a campaign's pools as the log has decided it. */
  describe(campaignId: string): PoolCount[] {
    return [...this.pools.values()]
      .filter((pool) => pool.campaignId === campaignId)
      .map((pool) => {
        const shards = this.shardsOf(pool);
        return { pool, ...countStock(shards), ready: shards.length === pool.shards };
      });
  }

  stateOf(pool: Pool, userId: string): ShardState | undefined {
    return this.homeDesk(pool, userId)?.state;
  }

  pool(id: { campaignId: string; poolId: string }): Pool | undefined {
    return this.pools.get(poolKey(id));
  }

  private homeDesk(pool: Pool, userId: string): ShardDesk | undefined {
    const { campaignId, poolId } = pool;
    return this.desks.get(shardKey({ campaignId, poolId, shardNo: homeShard(pool, userId) }));
  }

  private shardsOf(pool: Pool): ShardState[] {
    const { campaignId, poolId } = pool;
    const keys = Array.from({ length: pool.shards }, (_, shardNo) => shardKey({ campaignId, poolId, shardNo }));
    return keys.flatMap((key) => this.desks.get(key)?.state ?? []);
  }

  /** Final only for packets, which never come back, and only when no shard has any and none is between two shards. */
  private soldOut(pool: Pool): GrabAnswer {
    const shards = this.shardsOf(pool);
    const { free, inTransit } = countStock(shards);
    const final = pool.settlement === 'payout' && shards.length === pool.shards && free === 0 && inTransit === 0;
    return final ? { outcome: 'SOLD_OUT' } : { outcome: 'SOLD_OUT_FOR_NOW', pollAfterMs: this.limits.pollAfterMs };
  }
}
