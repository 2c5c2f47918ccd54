import { type Clock, type IdSource } from '@floodgate/kernel';
import { type Admission, type Proposal, type StockLog, type StockLogReader } from './admission';
import { cacheChanges } from './cache-changes';
import { type FoldEffect } from './fold';
import { answerFromFold, type GrabAnswer, type GrabRequest } from './grab-answer';
import { type MoveUnits } from './move-units';
import { type Pool } from './pool';
import { type PoolStock } from './pool-stock';
import { PendingAnswer } from './pending-answer';
import { type StockLogEntry } from './records';
import { type CacheWatch, ShardCache } from './shard-cache';
import { type ShardState } from './shard-state';

export interface DeskPorts {
  /** Called once a pool. */
  readonly admissionFor: (pool: Pool) => Admission;
  readonly log: StockLog;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly watch: CacheWatch;
}

export interface DeskLimits {
  /** Unanswered grabs of one shard; beyond it nobody new is let in. */
  readonly waitingMax: number;
  readonly pollAfterMs: number;
  /** A proposal that has not reached the log by then is given back. */
  readonly proposalTimeoutMs: number;
}

interface Waiter {
  readonly request: GrabRequest;
  readonly answered: PendingAnswer;
  proposals: number;
  losses: number;
  borrows: number;
  /** Times the cache had nothing though the fold had. */
  emptyAnswers: number;
}

const PROPOSALS_MAX = 3;
const LOSSES_MAX = 5;
const BORROWS_MAX = 5;
const EMPTY_ANSWERS_MAX = 2;
const BATCH_MAX = 500;
/** Before the opening shards are loaded, so that the first grabs do not wait for it. */
const WARM_UP_MS = 30_000;
/** A shard that nobody has grabbed from for so long is served by another instance, or by none. */
const REST_AFTER_MS = 10_000;

/**
 * Serves one shard: asks the cache for a unit, proposes it to the log, and answers when the fold has taken the record. An
 * empty shard borrows from its pool's others before it says that nothing is left.
 */
export class ShardDesk {
  private readonly cache: ShardCache;
  private readonly waiting = new Map<string, Waiter>();
  private queue: Waiter[] = [];
  private flushing = false;
  /** Grabs that wait until an older one of the same person is voided or granted, by the older grabId. */
  private readonly behindOlder = new Map<string, Waiter[]>();
  private lastGrabAtMs = -Infinity;
  /** People of whom the cache says what the fold does not know, and since when. */
  private readonly contradicted = new Map<string, number>();
  /** Where the fold stood when the cache was seen empty while the fold had units; a proposal or a record since then explains it. */
  private emptyAtOffset: number | undefined;

  constructor(
    readonly state: ShardState,
    private readonly stock: PoolStock,
    private readonly moves: MoveUnits,
    admission: Admission,
    private readonly ports: DeskPorts,
    private readonly limits: DeskLimits,
  ) {
    const { clock, ids, watch } = ports;
    this.cache = new ShardCache(state, { admission, clock, ids, watch }, () => this.proposedCount());
  }

  get waitingCount(): number {
    return this.waiting.size;
  }

  /** True while grabs come here, so that this instance is the one to tell what is left. */
  get isServing(): boolean {
    return this.ports.clock.nowMs() - this.lastGrabAtMs < REST_AFTER_MS;
  }

  private proposedCount(): number {
    let count = 0;
    for (const { proposals } of this.waiting.values()) if (proposals > 0) count++;
    return count;
  }

  /** True while this grab is on its way through the log. */
  isWaiting(grabId: string): boolean {
    return this.waiting.has(grabId);
  }

  /** Answers when the fold has decided. The same grab asked again while it waits gets the same answer. */
  grab(request: GrabRequest): PendingAnswer | GrabAnswer {
    this.lastGrabAtMs = this.ports.clock.nowMs();
    const known = answerFromFold(this.state, request);
    if (known !== undefined) return known;
    const earlier = this.waiting.get(request.grabId);
    if (earlier !== undefined) {
      return earlier.request.userId === request.userId ? earlier.answered : { outcome: 'CONFLICT' };
    }
    if (this.state.free.size === 0 && this.stock.level.free === 0) return this.soldOut();
    if (this.waiting.size >= this.limits.waitingMax) {
      return { outcome: 'TOO_HOT', pollAfterMs: this.limits.pollAfterMs };
    }
    const waiter = { request, answered: new PendingAnswer(), proposals: 0, losses: 0, borrows: 0, emptyAnswers: 0 };
    this.waiting.set(request.grabId, waiter);
    this.enqueue(waiter);
    return waiter.answered;
  }

  /** Takes over what the fold has just made of a record of this shard. */
  folded({ offset, record }: StockLogEntry, effects: readonly FoldEffect[]): void {
    this.cache.folded(offset, cacheChanges(this.state, record, effects));
    for (const effect of effects) this.answerFor(effect);
    if (record.kind === 'voided') this.release(record.grabId);
    if (record.kind === 'closed') this.answerAllClosed();
  }

  /** What has to be looked after now and then: the cache's load and place, and proposals that never reached the log. */
  async tend(log: StockLogReader): Promise<void> {
    const untilOpenMs = this.stock.pool.opensAtMs - this.ports.clock.nowMs();
    const opensSoon = untilOpenMs > 0 && untilOpenMs < WARM_UP_MS && this.state.free.size > 0;
    if (opensSoon) await this.cache.ensureLoaded();
    if (opensSoon || this.isServing) {
      await this.cache.tend(log, this.limits.proposalTimeoutMs, (grabId) => this.isWaiting(grabId));
      this.checkContradictions();
    } else if (this.waiting.size === 0) {
      this.cache.rest();
    }
  }

  /**
   * A cache that invents things would keep people or units out for ever. What it says of a person is given time, since the
   * fold may be the one that lags; that it is empty is wrong when nothing is on its way.
   */
  private checkContradictions(): void {
    const beforeMs = this.ports.clock.nowMs() - this.limits.proposalTimeoutMs;
    const old = [...this.contradicted].filter(([, sinceMs]) => sinceMs < beforeMs).map(([userId]) => userId);
    for (const userId of old) this.contradicted.delete(userId);
    const isWrongOfPeople = old.some((userId) => !this.state.heldByUser.has(userId));
    const isWronglyEmpty =
      this.emptyAtOffset === this.state.lastOffset && this.proposedCount() === 0 && this.state.free.size > 0;
    this.emptyAtOffset = undefined;
    if (isWrongOfPeople || isWronglyEmpty) this.cache.distrust();
  }

  private contradict(waiter: Waiter): void {
    const { userId } = waiter.request;
    if (!this.contradicted.has(userId)) this.contradicted.set(userId, this.ports.clock.nowMs());
    this.answer(waiter, this.wait());
  }

  private enqueue(waiter: Waiter): void {
    this.queue.push(waiter);
    if (this.flushing) return;
    this.flushing = true;
    // After the present tick, so that all grabs of a frame go to the cache in one step.
    queueMicrotask(() => void this.flush());
  }

  private async flush(): Promise<void> {
    while (this.queue.length > 0) {
      const isLoaded = this.cache.isLoaded || (await this.cache.ensureLoaded());
      const batch = this.queue.splice(0, BATCH_MAX);
      // One question at a time: who comes while the cache is asked shares the next.
      if (isLoaded) await this.propose(batch);
      else for (const waiter of batch) this.answer(waiter, this.wait());
    }
    this.flushing = false;
  }

  private async propose(batch: readonly Waiter[]): Promise<void> {
    let proposals: readonly Proposal[] | 'lost';
    try {
      proposals = await this.cache.propose(
        batch.map(({ request }) => ({ userId: request.userId, grabId: request.grabId })),
      );
    } catch (error) {
      // Whether units were set aside is unknown: the load that follows forgets them.
      this.ports.watch.trouble(this.state, error);
      for (const waiter of batch) this.answer(waiter, this.wait());
      return;
    }
    if (proposals === 'lost') {
      for (const waiter of batch) this.proposeAgain(waiter);
      return;
    }
    proposals.forEach((proposal, index) => {
      const waiter = batch[index];
      if (waiter !== undefined) this.takeProposal(waiter, proposal);
    });
  }

  private proposeAgain(waiter: Waiter): void {
    if (++waiter.losses > LOSSES_MAX) this.answer(waiter, this.wait());
    else this.enqueue(waiter);
  }

  private takeProposal(waiter: Waiter, proposal: Proposal): void {
    const { request } = waiter;
    const decided = answerFromFold(this.state, request);
    if (decided !== undefined) return this.answer(waiter, decided);
    switch (proposal.kind) {
      case 'proposed': {
        const { userId, grabId, qualificationId } = request;
        waiter.proposals++;
        this.ports.log.propose(this.state.id, { userId, grabId, qualificationId, unitNo: proposal.unitNo });
        return;
      }
      case 'none-free':
        if (this.state.free.size > 0) this.emptyAtOffset = this.state.lastOffset;
        void this.borrowFor(waiter);
        return;
      case 'other-grab':
        if (this.state.grabs.has(proposal.grabId)) return this.contradict(waiter);
        void this.voidOlder(waiter, proposal.grabId);
        return;
      case 'held':
        // It may know more than the fold: then the log will tell.
        return this.contradict(waiter);
    }
  }

  /** An empty shard gets units from the others first. */
  private async borrowFor(waiter: Waiter): Promise<void> {
    const isWorthIt = ++waiter.borrows <= BORROWS_MAX && (await this.moves.borrow(this.stock, this.state));
    if (isWorthIt) return this.enqueue(waiter);
    const decided = answerFromFold(this.state, waiter.request);
    if (decided !== undefined) this.answer(waiter, decided);
    else if (this.state.free.size === 0) this.answer(waiter, this.soldOut());
    else this.askAgain(waiter);
  }

  /**
   * The fold has units. The cache may have been asked before it had the record that brought them. Else they are on their way to somebody, here or through
   * another instance, and one of them may be this person's already: the fold has not read that yet.
   */
  private askAgain(waiter: Waiter): void {
    if (++waiter.emptyAnswers < EMPTY_ANSWERS_MAX) this.enqueue(waiter);
    else this.answer(waiter, this.wait());
  }

  /**
   * An older grab of the same person is set aside and not decided. It is voided first: else it could be granted long after
   * this one was answered.
   */
  private async voidOlder(waiter: Waiter, olderGrabId: string): Promise<void> {
    const { userId } = waiter.request;
    const behind = this.behindOlder.get(olderGrabId);
    if (behind !== undefined) {
      behind.push(waiter);
      return;
    }
    this.behindOlder.set(olderGrabId, [waiter]);
    try {
      await this.ports.log.append([{ shard: this.state.id, record: { kind: 'voided', userId, grabId: olderGrabId } }]);
    } catch {
      // The log is out of reach, and its own client tells of that.
      for (const each of this.takeBehind(olderGrabId)) this.answer(each, this.wait());
    }
  }

  /** The older grab is decided, one way or the other. */
  private release(olderGrabId: string): void {
    for (const waiter of this.takeBehind(olderGrabId)) {
      const decided = answerFromFold(this.state, waiter.request);
      if (decided !== undefined) this.answer(waiter, decided);
      else this.proposeAgain(waiter);
    }
  }

  private takeBehind(olderGrabId: string): Waiter[] {
    const behind = this.behindOlder.get(olderGrabId) ?? [];
    this.behindOlder.delete(olderGrabId);
    return behind;
  }

  private answerFor(effect: FoldEffect): void {
    if (effect.kind === 'granted') {
      const waiter = this.waiting.get(effect.holding.grabId);
      if (waiter !== undefined) this.answer(waiter, answerFromFold(this.state, waiter.request) ?? this.wait());
    } else if (effect.kind === 'grant-rejected') {
      const waiter = this.waiting.get(effect.grant.grabId);
      if (waiter === undefined) return;
      const decided = answerFromFold(this.state, waiter.request);
      if (decided !== undefined) this.answer(waiter, decided);
      else if (effect.reason === 'closed') this.answer(waiter, { outcome: 'CLOSED' });
      else if (effect.reason === 'unit-not-free' && waiter.proposals < PROPOSALS_MAX) this.enqueue(waiter);
      else this.answer(waiter, this.wait());
    } else if (effect.kind === 'voided') {
      const waiter = this.waiting.get(effect.grabId);
      if (waiter !== undefined) this.answer(waiter, answerFromFold(this.state, waiter.request) ?? this.wait());
    }
  }

  private answerAllClosed(): void {
    for (const waiter of [...this.waiting.values()]) {
      this.answer(waiter, answerFromFold(this.state, waiter.request) ?? { outcome: 'CLOSED' });
    }
    this.queue = [];
  }

  private answer(waiter: Waiter, answer: GrabAnswer): void {
    this.waiting.delete(waiter.request.grabId);
    waiter.answered.tell(answer);
  }

  private soldOut(): GrabAnswer {
    const { pollAfterMs } = this.limits;
    return this.stock.level.final ? { outcome: 'SOLD_OUT' } : { outcome: 'SOLD_OUT_FOR_NOW', pollAfterMs };
  }

  private wait(): GrabAnswer {
    return { outcome: 'WAIT', pollAfterMs: this.limits.pollAfterMs };
  }
}
