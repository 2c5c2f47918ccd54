import { setTimeout as sleep } from 'node:timers/promises';
import { createDataSource, selectRows } from '@floodgate/adapters/mysql';
import { StackTrouble } from '@floodgate/tools/stack';
import { type DataSource } from 'typeorm';

/** How many statements a server had been sent by others at a moment. */
export interface StatementReading {
  readonly statements: number;
  /** performance.now() */
  readonly atMs: number;
}

const LISTEN_MS = 12_000;
const POLL_MS = 250;
const RECORDED_MS_MAX = 30_000;

/** Statements between two readings, less what the apps send anyhow in that time. */
export function beyondIdle(before: StatementReading, after: StatementReading, idlePerMs: number): number {
  return after.statements - before.statements - idlePerMs * (after.atMs - before.atMs);
}

/**
 * Counts the statements that all others send to MySQL: its global status counter Questions, less this connection's own. What the
 * apps send when nobody asks anything (outboxes, clocks, the list of campaigns) is among them; see beyondIdle.
 */
export class DatabaseStatements {
  private idlePerMs = 0;

  private constructor(private readonly dataSource: DataSource) {}

  static async connect(url: string): Promise<DatabaseStatements> {
    const dataSource = createDataSource({ url, poolSize: 1 });
    await dataSource.initialize();
    return new DatabaseStatements(dataSource);
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
  }

  /** Listens for 12 s; nothing else may happen meanwhile. Returns statements a second. */
  async listenToIdle(): Promise<number> {
    const before = await this.read();
    await sleep(LISTEN_MS);
    this.idlePerMs = beyondIdle(before, await this.read(), 0) / LISTEN_MS;
    return this.idlePerMs * 1_000;
  }

  async read(): Promise<StatementReading> {
    const all = await this.questions('GLOBAL');
    const own = await this.questions('SESSION');
    return { statements: all - own, atMs: performance.now() };
  }

  /** Between two readings, without what is sent when nobody asks anything. */
  between(before: StatementReading, after: StatementReading): number {
    return beyondIdle(before, after, this.idlePerMs);
  }

  /** Reads once the unit register shows so many units of a pool. @throws StackTrouble after 30 s. */
  async untilRecorded(campaignId: string, poolId: string, units: number): Promise<StatementReading> {
    const giveUpAtMs = performance.now() + RECORDED_MS_MAX;
    for (;;) {
      const [row] = await selectRows<{ recorded: number }>(
        this.dataSource,
        'SELECT COUNT(*) AS recorded FROM fg_inventory.unit_register WHERE campaign_id = ? AND pool_id = ?',
        [campaignId, poolId],
      );
      const recorded = Number(row?.recorded ?? 0);
      if (recorded >= units) return this.read();
      if (performance.now() > giveUpAtMs) {
        throw new StackTrouble(`The unit register has ${recorded} of ${units} units of ${poolId} after 30 s.`);
      }
      await sleep(POLL_MS);
    }
  }

  // The session's own asking is in the global counter too, and one later than the global's.
  private async questions(scope: 'GLOBAL' | 'SESSION'): Promise<number> {
    const [row] = await selectRows<{ Value: string }>(this.dataSource, `SHOW ${scope} STATUS LIKE 'Questions'`);
    return Number(row?.Value);
  }
}
