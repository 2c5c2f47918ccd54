import { selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type AuditBreak, type AuditHead, type AuditRow, AuditWalk } from '@floodgate/domain/degradation-plan';
import { sha256 } from '@floodgate/nest-kit';

export interface AuditVerdict {
  /** The end of the chain as it was found. */
  readonly head: AuditHead;
  /** Undefined when every row is as it was written, and none is missing. */
  readonly broken: AuditBreak | undefined;
}

const PAGE = 1_000;

/**
 * Walks the whole audit of degradation plans. `expectedHash`: of a row that somebody noted elsewhere; it must still be in the chain, so that nobody can have
 * written the chain anew up to there. Run it in one REPEATABLE READ transaction while the service runs.
 */
export async function verifyAudit(sql: Sql, schema: string, expectedHash?: string): Promise<AuditVerdict> {
  const walk = new AuditWalk(sha256);
  let isExpectedFound = expectedHash === undefined;
  for (let afterId = 0; ;) {
    const rows = await readRows(sql, schema, afterId);
    for (const row of rows) {
      const broken = walk.next(row);
      if (broken !== undefined) return { head: walk.head, broken };
      isExpectedFound ||= row.hash === expectedHash;
      afterId = row.id;
    }
    if (rows.length < PAGE) break;
  }
  const broken = walk.end(await readHead(sql, schema));
  if (broken !== undefined || isExpectedFound) return { head: walk.head, broken };
  return { head: walk.head, broken: { id: undefined, reason: `no row has the hash ${expectedHash}` } };
}

async function readRows(sql: Sql, schema: string, afterId: number): Promise<AuditRow[]> {
  const rows = await selectRows<AuditRow>(
    sql,
    `SELECT id, at_ms AS atMs, operator_id AS operatorId, action, detail, previous_hash AS previousHash, hash
     FROM ${schema}.audit WHERE id > ? ORDER BY id LIMIT ${PAGE}`,
    [afterId],
  );
  return rows.map((row) => ({ ...row, id: Number(row.id), atMs: Number(row.atMs) }));
}

async function readHead(sql: Sql, schema: string): Promise<AuditHead> {
  const [head] = await selectRows<AuditHead>(sql, `SELECT length, hash FROM ${schema}.audit_head WHERE id = 1`);
  // No head is an end where nothing should be.
  return { length: Number(head?.length ?? 0), hash: head?.hash ?? '' };
}
