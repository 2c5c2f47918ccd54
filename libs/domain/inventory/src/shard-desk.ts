import { type Clock, type IdSource } from '@floodgate/kernel';
import { type Admission, type CacheChange, type Proposal, type StockLog } from './admission';
import { type FoldEffect } from './fold';
import { answerFromFold, type GrabAnswer, type GrabRequest } from './grab-answer';
import { type ShardState } from './shard-state';

export interface DeskPorts {
  readonly admission: Admission;
  readonly log: StockLog;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Told of trouble with the cache; grabs wait and the shard is loaded again. */
  readonly onCacheTrouble: (shard: ShardState, error: unknown) => void;
}

export interface DeskLimits {
  /** Unanswered grabs of one shard; beyond it nobody new is let in. */
  readonly waitingMax: number;
  readonly pollAfterMs: number;
}

interface Waiter {
  readonly request: GrabRequest;
  readonly answered: Promise<GrabAnswer>;
  readonly answer: (answer: GrabAnswer) => void;
  proposals: number;
}

const PROPOSALS_MAX = 3;
const BATCH_MAX = 500;

/**
 * Serves one shard: asks the cache for a unit, proposes it to the log, and answers when the fold has taken the record.
 * Keeps the cache in step with the fold and loads it anew when it is not.
 */
export class ShardDesk {
  private readonly waiting = new Map<string, Waiter>();
  private queue: Waiter[] = [];
  private flushing = false;
  /** The load the cache is believed to be under; undefined when it must be loaded. */
  private loadId: string | undefined;
  private loading: Promise<boolean> | undefined;
  /** Offset of the last record sent to the cache under the present load. */
  private sentOffset = -1;
  private unsent: { offset: number; changes: CacheChange[] }[] = [];

  constructor(
    readonly state: ShardState,
    private readonly ports: DeskPorts,
    private readonly limits: DeskLimits,
  ) {}

  get waitingCount(): number {
    return this.waiting.size;
  }

  /** True while this grab is on its way through the log. */
  isWaiting(grabId: string): boolean {
    return this.waiting.has(grabId);
  }

  /** Answers when the fold has decided. The same grab asked again while it waits gets the same answer. */
  grab(request: GrabRequest, soldOut: () => GrabAnswer): Promise<GrabAnswer> | GrabAnswer {
    const known = answerFromFold(this.state, request);
    if (known !== undefined) return known;
    const earlier = this.waiting.get(request.grabId);
    if (earlier !== undefined) {
      return earlier.request.userId === request.userId ? earlier.answered : { outcome: 'CONFLICT' };
    }
    if (this.state.free.size === 0) return soldOut();
    if (this.waiting.size >= this.limits.waitingMax) {
      return { outcome: 'TOO_HOT', pollAfterMs: this.limits.pollAfterMs };
    }
    const waiter = createWaiter(request);
    this.waiting.set(request.grabId, waiter);
    this.enqueue(waiter);
    return waiter.answered;
  }

  /** Takes over what the fold has just made of a record of this shard. */
  folded(offset: number, effects: readonly FoldEffect[]): void {
    const changes = effects.flatMap((effect) => cacheChange(this.state, effect));
    if (this.loadId !== undefined) void this.send(this.loadId, offset, changes);
    else if (this.loading !== undefined) this.unsent.push({ offset, changes });
    for (const effect of effects) this.answerFor(effect);
  }

  /** Loads the cache from the fold unless it is loaded. False when that failed; the next grab tries again. */
  ensureLoaded(): Promise<boolean> {
    if (this.loadId !== undefined) return Promise.resolve(true);
    this.loading ??= this.load().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async load(): Promise<boolean> {
    const loadId = this.ports.ids.next();
    const { state } = this;
    this.unsent = [];
    const snapshot = {
      offset: state.lastOffset,
      free: state.free.toArray(),
      holders: [...state.heldByUser.values()],
    };
    try {
      if ((await this.ports.admission.load(state.id, loadId, snapshot)) === 'lost') return false;
    } catch (error) {
      this.ports.onCacheTrouble(state, error);
      return false;
    }
    this.sentOffset = snapshot.offset;
    this.loadId = loadId;
    for (const { offset, changes } of this.unsent) void this.send(loadId, offset, changes);
    this.unsent = [];
    return true;
  }

  private lose(loadId: string): void {
    if (this.loadId === loadId) this.loadId = undefined;
  }

  private async send(loadId: string, offset: number, changes: readonly CacheChange[]): Promise<void> {
    const step = { previousOffset: this.sentOffset, offset };
    this.sentOffset = offset;
    try {
      if ((await this.ports.admission.apply(this.state.id, loadId, step, changes)) === 'lost') this.lose(loadId);
    } catch (error) {
      this.lose(loadId);
      this.ports.onCacheTrouble(this.state, error);
    }
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
      const loaded = await this.ensureLoaded();
      const batch = this.queue.splice(0, BATCH_MAX);
      if (!loaded) {
        for (const waiter of batch) this.answer(waiter, this.wait());
        continue;
      }
      void this.proposeBatch(batch);
    }
    this.flushing = false;
  }

  private async proposeBatch(batch: readonly Waiter[]): Promise<void> {
    const { loadId } = this;
    if (loadId === undefined) return this.requeue(batch);
    let proposals: readonly Proposal[] | 'lost';
    try {
      const items = batch.map(({ request }) => ({ userId: request.userId, grabId: request.grabId }));
      proposals = await this.ports.admission.propose(this.state.id, loadId, this.ports.clock.nowMs(), items);
    } catch (error) {
      // Whether units were set aside is unknown: the load that follows forgets them.
      this.lose(loadId);
      this.ports.onCacheTrouble(this.state, error);
      for (const waiter of batch) this.answer(waiter, this.wait());
      return;
    }
    if (proposals === 'lost') {
      this.lose(loadId);
      this.requeue(batch);
      return;
    }
    proposals.forEach((proposal, index) => {
      const waiter = batch[index];
      if (waiter !== undefined) this.takeProposal(waiter, proposal);
    });
  }

  private requeue(batch: readonly Waiter[]): void {
    for (const waiter of batch) this.enqueue(waiter);
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
        return this.answer(waiter, { outcome: 'SOLD_OUT_FOR_NOW', pollAfterMs: this.limits.pollAfterMs });
      case 'other-grab':
      case 'held':
        // The cache knows more than the fold, or an older grab of the same person is still on its way: the log will tell.
        return this.answer(waiter, this.wait());
    }
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
    }
  }

  private answer(waiter: Waiter, answer: GrabAnswer): void {
    this.waiting.delete(waiter.request.grabId);
    waiter.answer(answer);
  }

  private wait(): GrabAnswer {
    return { outcome: 'WAIT', pollAfterMs: this.limits.pollAfterMs };
  }
}

function createWaiter(request: GrabRequest): Waiter {
  let answer: (answer: GrabAnswer) => void = () => undefined;
  const answered = new Promise<GrabAnswer>((resolve) => {
    answer = resolve;
  });
  return { request, answered, answer, proposals: 0 };
}

/** What the cache must know of an effect. A record that did not count still frees what it had taken. */
function cacheChange(state: ShardState, effect: FoldEffect): CacheChange[] {
  switch (effect.kind) {
    case 'granted': {
      const { userId, grabId, unitNo } = effect.holding;
      return [{ kind: 'granted', userId, grabId, unitNo }];
    }
    case 'grant-rejected': {
      const { userId, grabId, unitNo } = effect.grant;
      return [{ kind: 'refused', userId, grabId, unitNo, unitFree: state.free.has(unitNo) }];
    }
    case 'ended': {
      const { userId, grabId, unitNo } = effect.holding;
      return effect.toStock ? [{ kind: 'ended', userId, grabId, unitNo }] : [];
    }
    case 'created':
    case 'stock-changed':
    case 'voided':
    case 'rejected':
      return [];
  }
}
