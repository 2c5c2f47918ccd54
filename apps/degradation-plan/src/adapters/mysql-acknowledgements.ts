import { execute, selectRows, type SqlValue } from '@floodgate/adapters/mysql';
import { type Acknowledgement } from '@floodgate/nest-kit';
import { type DataSource } from 'typeorm';

const COLUMNS = ['instance_id', 'app', 'version', 'hash', 'applied_at_ms', 'seen_at_ms'] as const;

/** Which instance follows which version, as last heard. */
export class MysqlAcknowledgements {
  constructor(private readonly dataSource: DataSource) {}

  async put(acknowledgements: readonly Acknowledgement[]): Promise<void> {
    if (acknowledgements.length === 0) return;
    const rows = acknowledgements.map(() => `(${COLUMNS.map(() => '?').join(', ')})`).join(', ');
    const updates = COLUMNS.slice(1).map((column) => `${column} = VALUES(${column})`);
    const values: SqlValue[] = acknowledgements.flatMap((one) => [
      one.instanceId,
      one.app,
      one.version,
      one.hash,
      one.appliedAtMs,
      one.seenAtMs,
    ]);
    await execute(
      this.dataSource,
      `INSERT INTO acknowledgements (${COLUMNS.join(', ')}) VALUES ${rows} ON DUPLICATE KEY UPDATE ${updates.join(', ')}`,
      values,
    );
  }

  async forgetSeenBefore(atMs: number): Promise<void> {
    await execute(this.dataSource, 'DELETE FROM acknowledgements WHERE seen_at_ms < ?', [atMs]);
  }

  async list(): Promise<Acknowledgement[]> {
    const rows = await selectRows<Acknowledgement>(
      this.dataSource,
      `SELECT instance_id AS instanceId, app, version, hash, applied_at_ms AS appliedAtMs, seen_at_ms AS seenAtMs
       FROM acknowledgements ORDER BY app, instance_id`,
    );
    return rows.map((row) => ({
      ...row,
      version: Number(row.version),
      appliedAtMs: Number(row.appliedAtMs),
      seenAtMs: Number(row.seenAtMs),
    }));
  }
}
