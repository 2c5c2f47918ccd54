import { answerFromFold, type GrabAnswer, type GrabRequest } from './grab-answer';
import { type Admission, type StockLogReader } from './admission';
import { ClosePools } from './close-pools';
import { type FoldEffect } from './fold';
import { MoveUnits } from './move-units';
import { type PendingAnswer } from './pending-answer';
import { type Pool, poolKey, type ShardId } from './pool';
import { type PoolLevel, PoolStock } from './pool-stock';
import { type StockLogEntry } from './records';
import { homeShard } from './shard-map';
import { ShardDesk, type DeskLimits, type DeskPorts } from './shard-desk';
import { type ShardState } from './shard-state';

interface ServedPool {
  readonly stock: PoolStock;
  readonly desks: Map<number, ShardDesk>;
  readonly admission: Admission;
}

/** The grab: finds the user's home shard and lets its desk decide. One per inventory instance. */
export class GrabUnit {
  private readonly pools = new Map<string, ServedPool>();
  private readonly moves: MoveUnits;
  private readonly closing: ClosePools;

  constructor(
    private readonly ports: DeskPorts,
    private readonly limits: DeskLimits,
  ) {
    this.moves = new MoveUnits(ports);
    this.closing = new ClosePools(ports.log, ports.clock);
  }

  /** Decides a grab. Fails never: whatever goes wrong is WAIT, and the same grabId asked again is decided. */
  grab(request: GrabRequest): PendingAnswer | GrabAnswer {
    const served = this.pools.get(poolKey(request));
    const desk = served && homeDesk(served, request.userId);
    if (served === undefined || desk === undefined) return { outcome: 'NO_SUCH_CAMPAIGN' };
    // What is on its way may be granted yet, also when the hour is over meanwhile: only the fold says that it is not.
    if (desk.isWaiting(request.grabId)) return desk.grab(request);
    const { pool } = served.stock;
    const nowMs = this.ports.clock.nowMs();
    const isOpen = nowMs >= pool.opensAtMs && nowMs < pool.closesAtMs && !desk.state.closed;
    if (isOpen) return desk.grab(request);
    // What the log has decided stands, whatever the hour.
    const known = answerFromFold(desk.state, request);
    if (known !== undefined) return known;
    if (nowMs < pool.opensAtMs) return { outcome: 'NOT_OPEN_YET', pollAfterMs: pool.opensAtMs - nowMs };
    return { outcome: 'CLOSED' };
  }

  /** The result of a grab, for ever: never hidden by the hour, by a sell-out or by closing. */
  result(request: GrabRequest): GrabAnswer {
    const served = this.pools.get(poolKey(request));
    const desk = served && homeDesk(served, request.userId);
    if (desk === undefined) return { outcome: 'NO_SUCH_CAMPAIGN' };
    const known = desk.state.grabs.has(request.grabId) ? answerFromFold(desk.state, request) : undefined;
    if (known !== undefined) return known;
    const outcome = desk.isWaiting(request.grabId) ? 'WAIT' : 'UNKNOWN_GRAB';
    return { outcome, pollAfterMs: this.limits.pollAfterMs };
  }

  /** Takes over what the fold has just made of a record. */
  folded(state: ShardState, entry: StockLogEntry, effects: readonly FoldEffect[]): void {
    if (state.pool === undefined) return;
    const served = this.served(state.pool);
    served.stock.folded(state);
    const { shardNo } = state.id;
    let desk = served.desks.get(shardNo);
    if (desk === undefined) {
      desk = new ShardDesk(state, served.stock, this.moves, served.admission, this.ports, this.limits);
      served.desks.set(shardNo, desk);
    }
    desk.folded(entry, effects);
    this.moves.folded(served.stock, state, entry, effects);
  }

  /** What has to be looked after every second or so. Rejects when the log is out of reach. */
  async tend(log: StockLogReader): Promise<void> {
    await Promise.all([...this.desks()].map((desk) => desk.tend(log)));
    await this.moves.finishOpenLends();
    await this.closing.close(this.stocks());
  }

  waitingCount(): number {
    let count = 0;
    for (const desk of this.desks()) count += desk.waitingCount;
    return count;
  }

  /** A campaign's pools as the log has decided them. */
  describe(campaignId: string): PoolLevel[] {
    return [...this.stocks()].filter(({ pool }) => pool.campaignId === campaignId).map((stock) => stock.level);
  }

  /** What is left of the pools that grabs come for, which is for this instance to tell everybody. */
  levels(): PoolLevel[] {
    return [...this.pools.values()]
      .filter(({ desks }) => [...desks.values()].some((desk) => desk.isServing))
      .map(({ stock }) => stock.level);
  }

  /** The home shard of the request's user; undefined when it is not folded yet. */
  homeOf(request: GrabRequest): ShardId | undefined {
    const served = this.pools.get(poolKey(request));
    return served && homeDesk(served, request.userId)?.state.id;
  }

  stateOf(pool: Pool, userId: string): ShardState | undefined {
    const served = this.pools.get(poolKey(pool));
    return served && homeDesk(served, userId)?.state;
  }

  pool(id: { readonly campaignId: string; readonly poolId: string }): Pool | undefined {
    return this.pools.get(poolKey(id))?.stock.pool;
  }

  private served(pool: Pool): ServedPool {
    const key = poolKey(pool);
    const known = this.pools.get(key);
    if (known !== undefined) return known;
    const made: ServedPool = {
      stock: new PoolStock(pool),
      desks: new Map(),
      admission: this.ports.admissionFor(pool),
    };
    this.pools.set(key, made);
    return made;
  }

  private *desks(): Generator<ShardDesk> {
    for (const { desks } of this.pools.values()) yield* desks.values();
  }

  private *stocks(): Generator<PoolStock> {
    for (const { stock } of this.pools.values()) yield stock;
  }
}

function homeDesk({ stock, desks }: ServedPool, userId: string): ShardDesk | undefined {
  return desks.get(homeShard(stock.pool, userId));
}
