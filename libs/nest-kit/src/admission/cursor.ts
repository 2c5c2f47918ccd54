import { SHED_LEVELS } from '@floodgate/domain/degradation-plan';
import { type CampaignLoad, sumOf } from './campaign-load';
import { CampaignLoads, NO_CAMPAIGN } from './campaign-loads';
import { WorkCosts } from './work-costs';

export interface CursorOptions {
  /** The cursor moves once in so long. */
  readonly periodMs?: number;
  /** How long requests may wait on average before it is too hot. */
  readonly waitMsTarget?: number;
}

const PERIOD_MS = 50;
const WAIT_MS_TARGET = 10;

// What lies three periods back counts half as much as now.
const KEPT_A_PERIOD = 0.5 ** (1 / 3);
// So much more than can be served is let in while nobody waits, and so much less while they wait twice as long as they may.
const GAIN = 0.1;
// So much more is let in as refusals come for nothing, down to none when one costs so much of serving one.
const OVERFILL = 0.25;
const DEAR_REFUSAL = 0.2;
// It opens by so much more a period, of what came and of the levels that are open. At once would flood, and the cursor would swing.
const OPENED_A_PERIOD = 0.25;
const OPENED_LEVELS_MIN = 8;
// Of what came in, so much stays in a period at least: a pause of the whole process is no reason to send everybody away.
const KEPT_OPEN = 0.5;
// With less to go by, nothing is known of how much can be served.
const ACTIVE_MS_MIN = 5;
// What takes longer between two ticks is mostly the process standing still: it counts as no more than so much.
const COSTED_PERIODS_MAX = 10;
// After so many periods without a tick, and with nobody waiting, nothing is known of the load either.
const FORGOTTEN_AFTER_PERIODS = 20;

/**
 * The lowest level that a server takes just now (see shedLevel). Knows what came, by level, what of it was served, and for how much of the time the event loop
 * had work; so it goes to where as much comes from above it as could be served, a little more while requests wait too short and a little less while they wait
 * too long. In the priority where it stands, campaigns share what room there is (see CampaignLoads), so that each has a lowest level of its own. No timer: a
 * saturated server hears of its timers last. Times are monotonic milliseconds and come in, so that tests need no clock.
 */
export class AdmissionCursor {
  private readonly periodMs: number;
  readonly waitMsTarget: number;
  // All of these fade by period, so that they always speak of the same time.
  private readonly loads = new CampaignLoads();
  private activeMs = 0;
  private blockedServed = 0;
  private blockedMs = 0;
  private watchedMs = 0;
  private readonly costs = new WorkCosts();
  // Of the period that runs.
  private servedNow = 0;
  private refusedNow = 0;
  private blockedMsNow = 0;
  private waitMsSum = 0;
  private waits = 0;
  private movedAt = -Infinity;
  private activeBefore = 0;
  private current = 0;

  constructor({ periodMs = PERIOD_MS, waitMsTarget = WAIT_MS_TARGET }: CursorOptions = {}) {
    this.periodMs = periodMs;
    this.waitMsTarget = waitMsTarget;
  }

  /** From 0, which takes everybody, to SHED_LEVELS - 1. The lowest level of a campaign that is no busier than others may be lower, in the same priority. */
  get level(): number {
    return this.current;
  }

  /** The lowest level that is taken of a campaign. */
  levelOf(campaignId: string): number {
    return this.loads.levelOf(campaignId);
  }

  takes(level: number, campaignId = NO_CAMPAIGN): boolean {
    return level >= this.loads.levelOf(campaignId);
  }

  /** A request came that only the cursor may refuse, whether or not it did. Returns what it knows of the campaign. */
  arrived(level: number, campaignId = NO_CAMPAIGN): CampaignLoad {
    const load = this.loads.of(campaignId);
    load.arrived(level);
    if (level < load.level) this.refusedNow += 1;
    return load;
  }

  /** One that nobody looked at closer than its priority, and that was served without waiting. */
  servedAtOnce(lowestLevel: number, campaignId = NO_CAMPAIGN): void {
    this.loads.of(campaignId).cameSomewhere(lowestLevel);
    this.servedNow += 1;
  }

  /** A request left the queue after so long, to be served or dropped. */
  waited(waitMs: number, isServed: boolean): void {
    this.waitMsSum += waitMs;
    this.waits += 1;
    if (isServed) this.servedNow += 1;
    else this.refusedNow += 1;
  }

  /** Requests waited so long because as many as may be were being served, and so many of those were done. */
  blocked(ms: number, served: number): void {
    this.blockedMs += ms;
    this.blockedMsNow += ms;
    this.blockedServed += served;
  }

  /** Whether a period has passed since the cursor was moved. */
  isDue(now: number): boolean {
    return now - this.movedAt >= this.periodMs;
  }

  /**
   * Moves the cursor if it is due; to be called whenever something happens.
   * @param oldestWaitMs how long the oldest in the queue has waited: when nothing leaves it, that says so.
   * @param activeMs for how long the event loop has had work in all.
   */
  tick(now: number, oldestWaitMs: number, activeMs: () => number): void {
    if (!this.isDue(now)) return;
    const sinceMs = now - this.movedAt;
    const periods = Number.isFinite(sinceMs) ? sinceMs / this.periodMs : 1;
    const active = activeMs();
    this.movedAt = now;
    const busyMs = Number.isFinite(sinceMs) ? active - this.activeBefore : 0;
    this.activeMs += busyMs;
    this.activeBefore = active;
    const busyMsMax = COSTED_PERIODS_MAX * this.periodMs;
    this.costs.add(this.servedNow, this.refusedNow, Math.min(busyMs, busyMsMax), Math.min(periods, COSTED_PERIODS_MAX));
    if (periods > FORGOTTEN_AFTER_PERIODS && oldestWaitMs === 0) this.forget();
    this.watchedMs += periods * this.periodMs;
    this.loads.reckon(periods);
    this.move(Math.max(this.waits === 0 ? 0 : this.waitMsSum / this.waits, oldestWaitMs));
    this.loads.share(this.current, this.costs.refusalShare);
    this.fade(KEPT_A_PERIOD ** periods);
  }

  private move(waitMs: number): void {
    const tooLong = Math.min(1, waitMs / this.waitMsTarget - 1);
    // While hardly anybody waits it tries the next level whatever it knows: of who is shut out it can learn nothing else.
    const tried = tooLong < -0.5 ? this.current - 1 : SHED_LEVELS;
    const wanted = Math.max(0, Math.min(tried, this.levelWithin(1 + this.overfill() - GAIN * tooLong)));
    const taken = this.loads.taken();
    if (wanted > this.current) {
      if (tooLong > 0) this.current = Math.min(wanted, Math.max(this.current, this.levelFor(taken * KEPT_OPEN)));
      return;
    }
    const nextLevel = this.loads.expected[this.current - 1] ?? 0;
    const byLoad = this.levelFor(Math.max(taken * (1 + OPENED_A_PERIOD), taken + nextLevel));
    const opened = Math.max(OPENED_LEVELS_MIN, Math.floor((SHED_LEVELS - this.current) * OPENED_A_PERIOD));
    this.current = Math.min(this.current, Math.max(wanted, byLoad, this.current - opened));
  }

  /** Who is let in and then waits too long is dropped, at the cost of a refusal; what is not there when there is room for it costs more. */
  private overfill(): number {
    return OVERFILL * Math.max(0, 1 - this.costs.refusalShare / DEAR_REFUSAL);
  }

  /** The lowest level from which on everything can be served, and the rest refused, in so much of the time that is watched. */
  private levelWithin(share: number): number {
    // One more than are known of: the one that is being served.
    if (this.blockedMsNow > this.periodMs / 2)
      return this.levelFor(((this.blockedServed + 1) / this.blockedMs) * this.watchedMs * share);
    if (this.activeMs < ACTIVE_MS_MIN) return 0;
    const { serveMs, refuseMs } = this.costs.estimate;
    const { expected, came } = this.loads;
    let level = SHED_LEVELS - 1;
    let ms = serveMs * (expected[level] ?? 0) + refuseMs * sumOf(came, 0, level);
    while (level > 0) {
      ms += serveMs * (expected[level - 1] ?? 0) - refuseMs * (came[level - 1] ?? 0);
      if (ms > this.watchedMs * share) break;
      level -= 1;
    }
    return level;
  }

  /** The lowest level from which on no more are to be reckoned with than `count`. The topmost is always taken. */
  private levelFor(count: number): number {
    const { expected } = this.loads;
    let level = SHED_LEVELS - 1;
    let sum = expected[level] ?? 0;
    while (level > 0) {
      sum += expected[level - 1] ?? 0;
      if (sum > count) break;
      level -= 1;
    }
    return level;
  }

  private fade(kept: number): void {
    this.loads.fade(kept);
    this.activeMs *= kept;
    this.blockedServed *= kept;
    this.blockedMs *= kept;
    this.watchedMs *= kept;
    this.servedNow = 0;
    this.refusedNow = 0;
    this.blockedMsNow = 0;
    this.waitMsSum = 0;
    this.waits = 0;
  }

  private forget(): void {
    this.loads.forget();
    this.fade(0);
    this.current = 0;
  }
}
