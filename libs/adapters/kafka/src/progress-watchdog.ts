import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin } from 'kafkajs';
import { type Log } from './kafka';

/** What a watchdog looks at. */
export interface Watched {
  readonly name: string;
  /** Rises with every batch that was taken and every attempt that failed: whoever tries again is not stuck. */
  readonly signsOfLife: number;
  /** Messages that are waiting for this instance. Throws when Kafka or MySQL does not answer. */
  lag(admin: Admin): Promise<number>;
}

export interface ProgressWatchdogOptions {
  readonly watched: Watched;
  readonly admin: Admin;
  readonly log: Pick<Log, 'error' | 'warn'>;
  /** How long messages may wait without a sign of life. */
  readonly stuckAfterMs: number;
  /** Told after each look how many messages were waiting; undefined while Kafka or MySQL does not answer. */
  readonly onLook?: (lag: number | undefined) => void;
}

/** Looks until the verdict. Looks are counted, not time: a process that was paused itself has missed them. */
const LOOKS = 6;

/**
 * Tells a consumer that is stuck, which a new start mends, from one that waits for Kafka or MySQL, which it does not: while
 * they do not answer there is no verdict. Otherwise one broken broker would have every pod restarted, again and again.
 */
export class ProgressWatchdog {
  private timer: NodeJS.Timeout | undefined;
  private signsBefore = -1;
  private looksWithoutSign = 0;
  private looking = false;
  private hasWarned = false;
  private reason: string | undefined;

  constructor(private readonly options: ProgressWatchdogOptions) {}

  start(): void {
    this.timer = setInterval(() => void this.look(), this.options.stuckAfterMs / LOOKS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Why the consumer counts as stuck; undefined when it does not. */
  get verdict(): string | undefined {
    return this.reason;
  }

  /** One look. Called by the timer. */
  async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    const lag = await this.lagOrSilence();
    this.looking = false;
    if (lag !== undefined) this.hasWarned = false;
    this.judge(lag);
    this.options.onLook?.(lag);
  }

  private judge(lag: number | undefined): void {
    const { watched, stuckAfterMs, log } = this.options;
    const isWaiting = lag === undefined || lag === 0;
    this.looksWithoutSign = isWaiting || watched.signsOfLife !== this.signsBefore ? 0 : this.looksWithoutSign + 1;
    this.signsBefore = watched.signsOfLife;
    if (this.looksWithoutSign < LOOKS) {
      this.reason = undefined;
      return;
    }
    const what = `has taken nothing for ${stuckAfterMs} ms, though ${lag} messages wait and Kafka and MySQL answer`;
    if (this.reason === undefined) log.error({ consumer: watched.name }, `consumer is stuck: it ${what}`);
    this.reason = `${watched.name} ${what}`;
  }

  /** Undefined when the answer is an error, which the store that is away is the reason of, or does not come. */
  private async lagOrSilence(): Promise<number | undefined> {
    const { watched, admin, log, stuckAfterMs } = this.options;
    const hurry = new AbortController();
    const silence = sleep(stuckAfterMs, undefined, { signal: hurry.signal, ref: false });
    try {
      return await Promise.race([watched.lag(admin), silence]);
    } catch (err) {
      if (!this.hasWarned) log.warn({ err, consumer: watched.name }, 'how many messages wait is not known');
      this.hasWarned = true;
      return undefined;
    } finally {
      hurry.abort();
      // Rejects because it was cut short.
      await Promise.allSettled([silence]);
    }
  }
}
