import { selectRows } from '@floodgate/adapters/mysql';
import { type DataSource } from 'typeorm';

export interface AuditLine {
  readonly id: number;
  readonly atMs: number;
  readonly operatorId: string;
  readonly action: string;
  readonly detail: unknown;
}

/** Reads the audit; it is written in the transaction of what it tells of. */
export class MysqlAuditLog {
  constructor(private readonly dataSource: DataSource) {}

  /** The newest first, at most `limit`, older than the line `beforeId`. */
  async list(beforeId: number, limit: number): Promise<AuditLine[]> {
    const rows = await selectRows<Omit<AuditLine, 'detail'> & { detail: string }>(
      this.dataSource,
      `SELECT id, at_ms AS atMs, operator_id AS operatorId, action, detail
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
