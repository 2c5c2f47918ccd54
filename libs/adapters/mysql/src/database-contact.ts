import { setTimeout as sleep } from 'node:timers/promises';
import { type DataSource } from 'typeorm';
import { createDataSource, type MysqlOptions } from './data-source';

/** Where it is said that the server is waited for. */
interface Log {
  warn(fields: object, message: string): void;
}

const AGAIN_AFTER_MS_MAX = 2_000;

/**
 * A data source for a process that starts without its server and comes to life with it: it is connected to again and again, for as long as it takes. Until
 * then every statement fails as one does whose server has gone away later (isDatabaseAway).
 */
export class DatabaseContact {
  readonly dataSource: DataSource;
  /** Resolves when the first attempt has succeeded or failed. */
  readonly tried: Promise<void>;
  /** Resolves when it is connected; stays open when it is closed before. */
  readonly made: Promise<void>;
  private readonly closing = new AbortController();
  private attempts: Promise<void>;

  constructor(
    options: MysqlOptions,
    private readonly log: Log,
  ) {
    this.dataSource = createDataSource(options);
    const first = this.attempt();
    this.tried = first.then(() => undefined);
    this.attempts = Promise.resolve();
    this.made = new Promise((resolve) => {
      this.attempts = this.attemptUntilConnected(first, resolve);
    });
  }

  /** Ends the attempts and closes the connections. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.attempts;
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private async attemptUntilConnected(first: Promise<boolean>, onConnected: () => void): Promise<void> {
    const { signal } = this.closing;
    let isConnected = await first;
    for (let waitMs = 100; !isConnected && !signal.aborted; waitMs = Math.min(waitMs * 2, AGAIN_AFTER_MS_MAX)) {
      // Only closing ends the pause early, and the loop looks at that itself.
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) isConnected = await this.attempt();
    }
    if (isConnected) onConnected();
  }

  private async attempt(): Promise<boolean> {
    try {
      await this.dataSource.initialize();
      return true;
    } catch (error) {
      this.log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'waiting for MySQL');
      return false;
    }
  }
}
