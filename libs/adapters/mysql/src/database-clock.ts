import { type Clock } from '@floodgate/kernel';
import { type DataSource } from 'typeorm';
import { selectRows } from './sql';

/**
 * Database time: the local monotonic clock plus an offset that is measured against MySQL. A wrong wall clock on this
 * machine therefore moves no window. Without MySQL it goes on with the offset it has.
 */
export class DatabaseClock implements Clock {
  private offsetMs: number | undefined;
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
    this.offsetMs = Number(row.nowMs) - (before + after) / 2;
  }
}
