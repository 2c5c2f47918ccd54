import { USER_LEVELS } from '@floodgate/domain/degradation-plan';
import { NO_CAMPAIGN } from './campaign-loads';
import { AdmissionCursor, type CursorOptions } from './cursor';
import { type Place, type Waiting, WaitingLines } from './waiting-lines';

export interface QueueOptions extends CursorOptions {
  /** Requests that wait at most. */
  readonly lengthMax: number;
  /** Who has waited longer is refused: the answer would come too late, and be paid for by those behind. */
  readonly waitMsMax: number;
  /** Requests being served at a time at most: what they wait for is busy too. */
  readonly inFlightMax: number;
  /** The event loop gets so much work at a time; then it hears what has come meanwhile. */
  readonly budgetMs?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** Runs something after the event loop has looked for what came; setImmediate. */
  readonly soon?: (work: () => void) => void;
  /** For how long the event loop has had work in all, in milliseconds; eventLoopUtilization. */
  readonly activeMs?: () => number;
  /** Runs something after so long, should the event loop have nothing else to do; setTimeout. */
  readonly later?: (work: () => void, ms: number) => void;
}

const BUDGET_MS = 2;
// Of one turn: each is run by a soon of its own, so that whatever it put off for the moment is done, and counted, before the next.
const RUNS_A_TURN_MAX = 32;

/**
 * Phase two of admission: what phase one let in waits here, for a short time and in bounded number, and is served between two looks at the sockets. A
 * busy event loop takes tens of thousands of socket events before it looks at its timers, so none is needed: one only refuses who waits too long
 * while everything that may be served is being served elsewhere, and the event loop idles.
 */
export class AdmissionQueue {
  readonly cursor: AdmissionCursor;
  private readonly now: () => number;
  private readonly soon: (work: () => void) => void;
  private readonly activeMs: () => number;
  private readonly later: (work: () => void, ms: number) => void;
  private readonly budgetMs: number;
  private readonly lines = new WaitingLines();
  private servedCount = 0;
  private turnAt = 0;
  private runsLeft = 0;
  private willSweep = false;
  // Since when the cursor has not taken everybody.
  private hotSince = Infinity;
  // Since when some wait only because as many as may be are being served.
  private blockedSince = NaN;

  constructor(private readonly options: QueueOptions) {
    this.cursor = new AdmissionCursor(options);
    this.now = options.now ?? (() => performance.now());
    this.soon = options.soon ?? setImmediate;
    this.activeMs = options.activeMs ?? (() => performance.eventLoopUtilization().active);
    this.later = options.later ?? ((work, ms) => setTimeout(work, ms).unref());
    this.budgetMs = options.budgetMs ?? BUDGET_MS;
  }

  /** Requests that wait. */
  get length(): number {
    return this.lines.length;
  }

  /** Requests being served. */
  get inFlight(): number {
    return this.servedCount;
  }

  /** Whether the cursor takes a request of this level and campaign now; one that it does not take is counted. */
  takes(level: number, campaignId = NO_CAMPAIGN): boolean {
    this.tick(this.now());
    if (this.cursor.takes(level, campaignId)) return true;
    this.cursor.arrived(level, campaignId);
    return false;
  }

  /** A request that the cursor takes begins to wait; whether it is run or dropped is told to it, never before this returns, unless the queue is full. */
  add(waiting: Waiting, level: number, campaignId = NO_CAMPAIGN): void {
    const load = this.cursor.arrived(level, campaignId);
    if (this.length >= this.options.lengthMax) {
      const other = this.lines.giveWay(level, load);
      (other?.waiting ?? waiting).drop();
      this.cursor.waited(this.options.waitMsMax, false);
      if (other === undefined) return;
    }
    const now = this.now();
    this.lines.push({ waiting, cameAt: now, level, load });
    this.watchBlocked(now, 0);
    this.wake();
  }

  /** One that was run is done. */
  finished(): void {
    this.watchBlocked(this.now(), 1);
    this.servedCount -= 1;
    if (this.length > 0) this.wake();
  }

  private wake(): void {
    if (this.runsLeft > 0) return;
    if (this.servedCount < this.options.inFlightMax) this.beginTurn();
    else this.sweepLater();
  }

  private sweepLater(): void {
    if (this.willSweep) return;
    this.willSweep = true;
    this.later(this.sweep, this.options.waitMsMax);
  }

  private readonly sweep = (): void => {
    this.willSweep = false;
    const now = this.now();
    const tooLate = now - this.options.waitMsMax;
    for (let place = this.lines.shiftOlderThan(tooLate); place; place = this.lines.shiftOlderThan(tooLate))
      this.drop(place, now - place.cameAt);
    this.tick(now);
    if (this.length > 0) this.sweepLater();
  };

  private beginTurn(): void {
    this.turnAt = -1;
    this.runsLeft = Math.min(RUNS_A_TURN_MAX, Math.max(1, this.length));
    for (let run = this.runsLeft; run > 0; run--) this.soon(this.step);
  }

  private readonly step = (): void => {
    this.runsLeft -= 1;
    const now = this.now();
    if (this.turnAt < 0) this.turnAt = now;
    if (now - this.turnAt < this.budgetMs && this.servedCount < this.options.inFlightMax) this.serveNext(now);
    if (this.runsLeft > 0) return;
    this.tick(this.now());
    if (this.length > 0) this.wake();
  };

  private serveNext(now: number): void {
    for (;;) {
      const place = this.lines.shift();
      if (place === undefined) return;
      const waitMs = now - place.cameAt;
      if (waitMs > this.patienceMs(place, now)) {
        this.drop(place, waitMs);
        continue;
      }
      this.servedCount += 1;
      this.cursor.waited(waitMs, true);
      this.watchBlocked(now, 0);
      place.waiting.run();
      return;
    }
  }

  /**
   * How long one who is served now may have waited. A burst into a calm server may wait as long as anybody may. Once it has been hot for longer than that, more is
   * let in than can be served, so that there is always work, and a long queue would only make everybody late. That is about the priority in which the
   * cursor stands: what is above is never let in too much. The last one is served all the same, since the next may take a while to come.
   */
  private patienceMs({ level }: Place, now: number): number {
    const { waitMsMax } = this.options;
    const { level: cursor, waitMsTarget } = this.cursor;
    const isHot = now - this.hotSince > waitMsMax;
    const isAbove = Math.floor(level / USER_LEVELS) > Math.floor(cursor / USER_LEVELS);
    return !isHot || isAbove || this.length === 0 ? waitMsMax : Math.min(waitMsMax, waitMsTarget);
  }

  private drop({ waiting }: Place, waitMs: number): void {
    this.cursor.waited(waitMs, false);
    waiting.drop();
  }

  private tick(now: number): void {
    if (!this.cursor.isDue(now)) return;
    this.watchBlocked(now, 0);
    this.cursor.tick(now, now - (this.lines.oldestCameAt() ?? now), this.activeMs);
    this.hotSince = this.cursor.level === 0 ? Infinity : Math.min(this.hotSince, now);
  }

  private watchBlocked(now: number, finished: number): void {
    if (!Number.isNaN(this.blockedSince)) this.cursor.blocked(now - this.blockedSince, finished);
    this.blockedSince = this.length > 0 && this.servedCount >= this.options.inFlightMax ? now : NaN;
  }
}
