import { type Clock } from '@floodgate/kernel';
import { type DataSource } from 'typeorm';
import { selectRows } from './sql';

/** Within this the answer's time is known well enough; half of it is the largest error. */
const QUICK_MS = 50;
/** How long an offset from a quick answer is better than one from a slow answer: clocks drift by some 15 ms in that time. */
const QUICK_HOLDS_MS = 5 * 60_000;

/**
 * Database time: the local monotonic clock plus an offset that is measured against MySQL. A wrong wall clock on this
 * machine therefore moves no window. Without MySQL it goes on with the offset it has.
 */
export class DatabaseClock implements Clock {
  private offsetMs: number | undefined;
  private quickAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly onError: (error: unknown) => void,
  ) {}

  nowMs(): number {
    return this.offsetMs === undefined ? Date.now() : Math.round(performance.now() + this.offsetMs);
  }

  /** False until the first answer of the database: then it is the local clock. */
  get synced(): boolean {
    return this.offsetMs !== undefined;
  }

  /** Measures once (throws when the database is away), then every `everyMs` until stop(). */
  async start(everyMs: number): Promise<void> {
    await this.measure();
    this.timer = setInterval(() => void this.measure().catch(this.onError), everyMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async measure(): Promise<void> {
    const before = performance.now();
    const [row] = await selectRows<{ nowMs: string | number }>(
      this.dataSource,
      'SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS UNSIGNED) AS nowMs',
    );
    const after = performance.now();
    if (row === undefined) throw new Error('the database did not tell its time');
    const isQuick = after - before <= QUICK_MS;
    // A slow answer may be wrong by half its round trip: one that has queued for a connection would open the gates early.
    if (!isQuick && after - this.quickAt < QUICK_HOLDS_MS) return;
    if (isQuick) this.quickAt = after;
    this.offsetMs = Number(row.nowMs) - (before + after) / 2;
  }
}
