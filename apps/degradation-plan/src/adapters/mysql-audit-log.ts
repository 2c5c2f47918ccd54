import { execute, insertRows, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type AuditContent, withAuditRow } from '@floodgate/domain/degradation-plan';
import { sha256 } from '@floodgate/nest-kit';
import { type DataSource } from 'typeorm';

/** Writes a row of the audit in the transaction of what it tells of, chained to the row before it. */
export async function appendAudit(tx: Sql, content: AuditContent): Promise<void> {
  const [row] = await selectRows<{ length: number | string; hash: string }>(
    tx,
    'SELECT length, hash FROM audit_head WHERE id = 1 FOR UPDATE',
  );
  if (row === undefined) throw new Error('the audit has no head');
  const head = { length: Number(row.length), hash: row.hash };
  const next = withAuditRow(sha256, head, content);
  const { atMs, operatorId, action, detail } = content;
  await insertRows(
    tx,
    'audit',
    ['at_ms', 'operator_id', 'action', 'detail', 'previous_hash', 'hash'],
    [[atMs, operatorId, action, detail, head.hash, next.hash]],
  );
  await execute(tx, 'UPDATE audit_head SET length = ?, hash = ? WHERE id = 1', [next.length, next.hash]);
}

export interface AuditLine {
  readonly id: number;
  readonly atMs: number;
  readonly operatorId: string;
  readonly action: string;
  readonly detail: unknown;
  /** Of this row, chained to those before it; `npm run plan-audit` verifies them all. */
  readonly hash: string;
}

/** Reads the audit; it is written in the transaction of what it tells of. */
export class MysqlAuditLog {
  constructor(private readonly dataSource: DataSource) {}

  /** The newest first, at most `limit`, older than the line `beforeId`. */
  async list(beforeId: number, limit: number): Promise<AuditLine[]> {
    const rows = await selectRows<Omit<AuditLine, 'detail'> & { detail: string }>(
      this.dataSource,
      `SELECT id, at_ms AS atMs, operator_id AS operatorId, action, detail, hash
       FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?`,
      [beforeId, limit],
    );
    return rows.map((row) => ({
      ...row,
      id: Number(row.id),
      atMs: Number(row.atMs),
      detail: JSON.parse(row.detail) as unknown,
    }));
  }
}
