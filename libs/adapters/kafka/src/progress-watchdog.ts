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
  readonly log: Pick<Log, 'error'>;
  /** How long messages may wait without a sign of life. */
  readonly stuckAfterMs: number;
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
  private lagSeen: number | undefined;
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

  /** Messages that were waiting at the last look; undefined while Kafka or MySQL does not answer. */
  get lag(): number | undefined {
    return this.lagSeen;
  }

  /** One look. Called by the timer. */
  async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    const { watched, admin, stuckAfterMs, log } = this.options;
    try {
      this.lagSeen = await watched.lag(admin);
    } catch {
      // The store that is away says so itself, in readiness and in the log.
      this.lagSeen = undefined;
    } finally {
      this.looking = false;
    }
    const isWaiting = this.lagSeen === undefined || this.lagSeen === 0;
    this.looksWithoutSign = isWaiting || watched.signsOfLife !== this.signsBefore ? 0 : this.looksWithoutSign + 1;
    this.signsBefore = watched.signsOfLife;
    if (this.looksWithoutSign < LOOKS) {
      this.reason = undefined;
      return;
    }
    if (this.reason === undefined)
      log.error({ consumer: watched.name, lag: this.lagSeen, stuckAfterMs }, 'consumer is stuck');
    this.reason = `${watched.name} has taken nothing for ${stuckAfterMs} ms, though ${this.lagSeen} messages wait and Kafka and MySQL answer`;
  }
}
