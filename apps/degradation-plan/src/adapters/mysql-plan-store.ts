import { enqueueEvents } from '@floodgate/adapters/kafka';
import { execute, insertRows, inTransaction, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { TOPICS } from '@floodgate/contracts';
import {
  type AuditEntry,
  canonicalJson,
  type ManualTier,
  type NewPlan,
  type Plan,
  type PlanBook,
  type PlanRecord,
  type PlanSnapshot,
  type PlanStore,
  SNAPSHOT_FORMAT,
} from '@floodgate/domain/degradation-plan';
import { type IdSource } from '@floodgate/kernel';
import { type DataSource } from 'typeorm';

/** Plans in MySQL. Reads outside a transaction are for looking only. */
export class MysqlPlanStore implements PlanStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ids: IdSource,
  ) {}

  async inTransaction<T>(work: (book: PlanBook) => Promise<T>): Promise<T> {
    return inTransaction(this.dataSource, (tx) => work(new MysqlPlanBook(tx, this.ids)));
  }

  async current(): Promise<PlanSnapshot> {
    return readCurrent(this.dataSource);
  }

  async find(planNo: number): Promise<PlanRecord | undefined> {
    return findPlan(this.dataSource, planNo);
  }
}

class MysqlPlanBook implements PlanBook {
  constructor(
    private readonly tx: Sql,
    private readonly ids: IdSource,
  ) {}

  async lockCurrent(): Promise<PlanSnapshot> {
    await selectRows(this.tx, 'SELECT version FROM current_snapshot WHERE id = 1 FOR UPDATE');
    return readCurrent(this.tx);
  }

  async highestAcknowledged(): Promise<number> {
    const [row] = await selectRows<{ version: number | null }>(
      this.tx,
      'SELECT MAX(version) AS version FROM acknowledgements',
    );
    return Number(row?.version ?? 0);
  }

  async find(planNo: number): Promise<PlanRecord | undefined> {
    return findPlan(this.tx, planNo);
  }

  async add({ plan, hash, basePlanNo, authorId }: NewPlan, nowMs: number): Promise<number> {
    await insertRows(
      this.tx,
      'plans',
      ['body', 'hash', 'base_plan_no', 'author_id', 'drafted_at_ms'],
      [[canonicalJson(plan), hash, basePlanNo, authorId, nowMs]],
    );
    const [row] = await selectRows<{ planNo: number | string }>(this.tx, 'SELECT LAST_INSERT_ID() AS planNo');
    if (row === undefined) throw new Error('MySQL did not tell the number of the new plan');
    return Number(row.planNo);
  }

  async approve({ planNo, hash }: PlanRecord, approverId: string, nowMs: number): Promise<void> {
    await insertRows(
      this.tx,
      'approvals',
      ['plan_no', 'hash', 'approver_id', 'approved_at_ms'],
      [[planNo, hash, approverId, nowMs]],
    );
  }

  async markPublished({ planNo, hash }: PlanRecord, operatorId: string, version: number, nowMs: number): Promise<void> {
    const changed = await execute(
      this.tx,
      'UPDATE plans SET published_at_ms = ? WHERE plan_no = ? AND published_at_ms IS NULL',
      [nowMs, planNo],
    );
    if (changed !== 1) throw new Error(`plan ${planNo} was published before`);
    const message = {
      eventId: this.ids.next(),
      occurredAtMs: String(nowMs),
      campaignId: '',
      causationId: `plan-${planNo}`,
      operatorId,
      version: String(version),
      hash,
    };
    await enqueueEvents(this.tx, TOPICS.planPublished, [{ key: operatorId, message }]);
  }

  async putCurrent({ version, hash, planNo, tiers, issuedAtMs }: PlanSnapshot): Promise<void> {
    await insertRows(
      this.tx,
      'snapshots',
      ['version', 'hash', 'plan_no', 'tiers', 'issued_at_ms'],
      [[version, hash, planNo, canonicalJson(tiers), issuedAtMs]],
    );
    const changed = await execute(this.tx, 'UPDATE current_snapshot SET version = ? WHERE id = 1 AND version < ?', [
      version,
      version,
    ]);
    if (changed !== 1) throw new Error(`version ${version} would go back`);
  }

  async audit({ action, ...detail }: AuditEntry, operatorId: string, nowMs: number): Promise<void> {
    await insertRows(
      this.tx,
      'audit',
      ['at_ms', 'operator_id', 'action', 'detail'],
      [[nowMs, operatorId, action, canonicalJson(detail)]],
    );
  }
}

interface SnapshotRow {
  version: number;
  hash: string;
  planNo: number;
  tiers: string;
  issuedAtMs: number;
  body: string;
}

async function readCurrent(sql: Sql): Promise<PlanSnapshot> {
  const [row] = await selectRows<SnapshotRow>(
    sql,
    `SELECT s.version, s.hash, s.plan_no AS planNo, s.tiers, s.issued_at_ms AS issuedAtMs, p.body
     FROM current_snapshot c JOIN snapshots s ON s.version = c.version JOIN plans p ON p.plan_no = s.plan_no
     WHERE c.id = 1`,
  );
  if (row === undefined) throw new Error('no plan is in force: the schema was not migrated');
  return {
    format: SNAPSHOT_FORMAT,
    version: Number(row.version),
    hash: row.hash,
    issuedAtMs: Number(row.issuedAtMs),
    planNo: row.planNo,
    plan: JSON.parse(row.body) as Plan,
    tiers: JSON.parse(row.tiers) as ManualTier[],
  };
}

interface PlanRow {
  planNo: number;
  body: string;
  hash: string;
  basePlanNo: number;
  authorId: string;
  publishedAtMs: number | null;
  approverId: string | null;
}

async function findPlan(sql: Sql, planNo: number): Promise<PlanRecord | undefined> {
  const [row] = await selectRows<PlanRow>(
    sql,
    `SELECT p.plan_no AS planNo, p.body, p.hash, p.base_plan_no AS basePlanNo, p.author_id AS authorId,
            p.published_at_ms AS publishedAtMs, a.approver_id AS approverId
     FROM plans p LEFT JOIN approvals a ON a.plan_no = p.plan_no AND a.hash = p.hash
     WHERE p.plan_no = ?`,
    [planNo],
  );
  return (
    row && {
      planNo: row.planNo,
      plan: JSON.parse(row.body) as Plan,
      hash: row.hash,
      basePlanNo: row.basePlanNo,
      authorId: row.authorId,
      approverId: row.approverId ?? undefined,
      published: row.publishedAtMs !== null,
    }
  );
}
