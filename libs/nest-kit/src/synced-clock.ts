import { readFileSync } from 'node:fs';
import { type Clock } from '@floodgate/kernel';

/** This machine's own clocks, in milliseconds. */
export interface LocalClock {
  /** Since 1970, as this machine believes. */
  wallMs(): number;
  /** Since the machine was started: one for all its processes and threads, and no correction of the wall clock moves it. */
  uptimeMs(): number;
  /** Another after each start of the machine; empty where nothing tells it. */
  readonly bootId: string;
}

const UPTIME_AT_ORIGIN_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds since the machine was started, the same in all its processes and threads. */
export const uptimeMs = (): number => performance.now() + UPTIME_AT_ORIGIN_MS;

export const machineClock: LocalClock = { wallMs: () => Date.now(), uptimeMs, bootId: readBootId() };

/** Database time together with this machine's clocks at the same instant: enough to tell it again after a restart. */
export interface KeptTime {
  readonly databaseMs: number;
  readonly wallMs: number;
  readonly uptimeMs: number;
  readonly bootId: string;
}

/** Whose time a process goes by, from the best to the worst. `local` may be wrong by anything. */
export const TIME_SOURCES = ['database', 'kept', 'redis', 'local'] as const;
export type TimeSource = (typeof TIME_SOURCES)[number];

/** How long a quick answer is better than a slow one: clocks drift apart by some 15 ms in that time. */
const BETTER_FOR_MS = 5 * 60_000;
const JITTER_MS = 5;

/**
 * Database time: this machine's monotonic clock plus an offset. The offset is learnt from answers that carry database time, and kept for good once one is
 * known; a process that has heard none since it started goes by the offset it kept on disk, without one by Redis, without Redis by its own wall clock.
 */
export class SyncedClock implements Clock {
  private offsetMs: number | undefined;
  private from: TimeSource = 'local';
  private best = { roundTripMs: Infinity, learntAtMs: -Infinity };
  private readonly listeners: ((kept: KeptTime) => void)[] = [];

  constructor(private readonly local: LocalClock = machineClock) {}

  nowMs(): number {
    return this.offsetMs === undefined ? this.local.wallMs() : Math.round(this.local.uptimeMs() + this.offsetMs);
  }

  get source(): TimeSource {
    return this.from;
  }

  /** Milliseconds since database time was last learnt; Infinity before the first time. */
  get learntAgoMs(): number {
    return this.local.uptimeMs() - this.best.learntAtMs;
  }

  /** How far this machine's wall clock is ahead of the time it goes by. */
  get wallAheadMs(): number {
    return this.local.wallMs() - this.nowMs();
  }

  /** Told each time that database time is learnt. */
  onLearnt(listener: (kept: KeptTime) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Takes in database time `databaseMs` from an answer asked for at `sentAtMs` and received at `receivedAtMs` (uptimeMs). A slow answer, which may be
   * wrong by half its round trip, does not replace a recent quick one, unless not even that explains the difference: then the machine stood still, or
   * another database answers.
   */
  learn(databaseMs: number, sentAtMs: number, receivedAtMs: number): void {
    const roundTripMs = receivedAtMs - sentAtMs;
    const offsetMs = databaseMs - (sentAtMs + receivedAtMs) / 2;
    const isRecent = receivedAtMs - this.best.learntAtMs <= BETTER_FOR_MS;
    const isSlow = roundTripMs > this.best.roundTripMs + JITTER_MS;
    const mayBothHold =
      Math.abs(offsetMs - (this.offsetMs ?? offsetMs)) <= (roundTripMs + this.best.roundTripMs) / 2 + JITTER_MS;
    if (isRecent && isSlow && mayBothHold) return;
    this.best = { roundTripMs, learntAtMs: receivedAtMs };
    this.go('database', offsetMs);
    const kept = this.keep();
    for (const listener of this.listeners) listener(kept);
  }

  /** Goes by what was kept on disk, unless database time was learnt since. */
  recall(kept: KeptTime): void {
    if (this.from === 'database') return;
    const { bootId } = this.local;
    const uptimeNowMs = this.local.uptimeMs();
    // Only since the machine was started does its uptime tell how long ago that was.
    const isSameStart = bootId !== '' && bootId === kept.bootId && uptimeNowMs >= kept.uptimeMs;
    const agoMs = isSameStart ? uptimeNowMs - kept.uptimeMs : this.local.wallMs() - kept.wallMs;
    this.go('kept', kept.databaseMs + agoMs - uptimeNowMs);
  }

  /** Goes by Redis, whose time was `redisMs` at `atMs` (uptimeMs), unless something better is known. */
  learnFromRedis(redisMs: number, atMs: number): void {
    if (this.from === 'database' || this.from === 'kept') return;
    this.go('redis', redisMs - atMs);
  }

  private go(source: TimeSource, offsetMs: number): void {
    this.from = source;
    this.offsetMs = offsetMs;
  }

  private keep(): KeptTime {
    const { local } = this;
    return { databaseMs: this.nowMs(), wallMs: local.wallMs(), uptimeMs: local.uptimeMs(), bootId: local.bootId };
  }
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Only Linux tells it. Elsewhere the wall clock says how long a process was away.
    return '';
  }
}
