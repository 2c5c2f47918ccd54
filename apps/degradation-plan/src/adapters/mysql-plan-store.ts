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
import { appendAudit } from './mysql-audit-log';

/** Versions that instances follow by what they say at this moment; none when nobody can be asked. Must not reject. */
export type FollowedVersions = () => Promise<readonly number[]>;

// Far beyond what operators can publish. Acknowledgements are not signed, and a forged one must not use the versions up.
export const AHEAD_MAX = 1_000_000;

/** Plans in MySQL. Reads outside a transaction are for looking only. */
export class MysqlPlanStore implements PlanStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ids: IdSource,
    private readonly followedVersions: FollowedVersions,
  ) {}

  async inTransaction<T>(work: (book: PlanBook) => Promise<T>): Promise<T> {
    return inTransaction(this.dataSource, (tx) => work(new MysqlPlanBook(tx, this.ids, this.followedVersions)));
  }

  async current(): Promise<PlanSnapshot> {
    return readCurrent(this.dataSource);
  }

  async find(planNo: number): Promise<PlanRecord | undefined> {
    return findPlan(this.dataSource, planNo);
  }

  /** The newest first, at most `limit`, older than the plan `beforePlanNo`. */
  async list(beforePlanNo: number, limit: number): Promise<PlanRecord[]> {
    return readPlans(this.dataSource, 'p.plan_no < ? ORDER BY p.plan_no DESC LIMIT ?', [beforePlanNo, limit]);
  }

  /**
   * The snapshot in force and the next serial number of policy files, taken under one lock, so that a higher number never comes with an older snapshot. At least
   * `nowMs`: a database restored from a backup does not give a number twice.
   */
  async takeFileSerial(nowMs: number): Promise<{ readonly serial: number; readonly snapshot: PlanSnapshot }> {
    return inTransaction(this.dataSource, async (tx) => {
      const update = 'UPDATE current_snapshot SET file_serial = GREATEST(file_serial + 1, ?) WHERE id = 1';
      await execute(tx, update, [nowMs]);
      const [row] = await selectRows<{ serial: number | string }>(
        tx,
        'SELECT file_serial AS serial FROM current_snapshot WHERE id = 1',
      );
      return { serial: Number(row?.serial), snapshot: await readCurrent(tx) };
    });
  }
}

class MysqlPlanBook implements PlanBook {
  constructor(
    private readonly tx: Sql,
    private readonly ids: IdSource,
    private readonly followedVersions: FollowedVersions,
  ) {}

  async lockCurrent(): Promise<PlanSnapshot> {
    await selectRows(this.tx, 'SELECT version FROM current_snapshot WHERE id = 1 FOR UPDATE');
    return readCurrent(this.tx);
  }

  async highestAcknowledged(): Promise<number> {
    const [row] = await selectRows<{ kept: number | null; stored: number }>(
      this.tx,
      `SELECT (SELECT MAX(version) FROM acknowledgements) AS kept, version AS stored
       FROM current_snapshot WHERE id = 1`,
    );
    const [kept, stored] = [Number(row?.kept ?? 0), Number(row?.stored ?? 0)];
    // What was acknowledged to a database that then lost it is still known to those who follow it.
    const followed = (await this.followedVersions()).filter((version) => version <= stored + AHEAD_MAX);
    return Math.max(kept, ...followed);
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

  async edit(
    planNo: number,
    { plan, hash, basePlanNo }: Pick<PlanRecord, 'plan' | 'hash' | 'basePlanNo'>,
    nowMs: number,
  ): Promise<void> {
    const changed = await execute(
      this.tx,
      'UPDATE plans SET body = ?, hash = ?, base_plan_no = ?, edited_at_ms = ? WHERE plan_no = ? AND published_at_ms IS NULL',
      [canonicalJson(plan), hash, basePlanNo, nowMs, planNo],
    );
    if (changed !== 1) throw new Error(`plan ${planNo} is no draft`);
    await execute(this.tx, 'DELETE FROM approvals WHERE plan_no = ?', [planNo]);
  }

  async approve({ planNo, hash, basePlanNo }: PlanRecord, approverId: string, nowMs: number): Promise<void> {
    await execute(this.tx, 'DELETE FROM approvals WHERE plan_no = ?', [planNo]);
    await insertRows(
      this.tx,
      'approvals',
      ['plan_no', 'hash', 'base_plan_no', 'approver_id', 'approved_at_ms'],
      [[planNo, hash, basePlanNo, approverId, nowMs]],
    );
  }

  async markPublished(planNo: number, nowMs: number): Promise<void> {
    const changed = await execute(
      this.tx,
      'UPDATE plans SET published_at_ms = ? WHERE plan_no = ? AND published_at_ms IS NULL',
      [nowMs, planNo],
    );
    if (changed !== 1) throw new Error(`plan ${planNo} was published before`);
  }

  async markBreakGlass(planNo: number, operatorId: string, overPlanNo: number): Promise<void> {
    await execute(this.tx, 'UPDATE plans SET break_glass_by = ?, over_plan_no = ? WHERE plan_no = ?', [
      operatorId,
      overPlanNo,
      planNo,
    ]);
  }

  async markWithdrawn(planNo: number, nowMs: number): Promise<void> {
    await execute(this.tx, 'UPDATE plans SET withdrawn_at_ms = ? WHERE plan_no = ?', [nowMs, planNo]);
  }

  async announce({ planNo, version, hash, issuedAtMs }: PlanSnapshot, operatorId: string): Promise<void> {
    const message = {
      eventId: this.ids.next(),
      occurredAtMs: String(issuedAtMs),
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
    await appendAudit(this.tx, { atMs: nowMs, operatorId, action, detail: canonicalJson(detail) });
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
  approvedHash: string;
  approvedBase: number;
  breakGlassBy: string | null;
  overPlanNo: number;
  withdrawnAtMs: number | null;
}

async function findPlan(sql: Sql, planNo: number): Promise<PlanRecord | undefined> {
  const [found] = await readPlans(sql, 'p.plan_no = ?', [planNo]);
  return found;
}

async function readPlans(sql: Sql, where: string, values: readonly number[]): Promise<PlanRecord[]> {
  const rows = await selectRows<PlanRow>(
    sql,
    `SELECT p.plan_no AS planNo, p.body, p.hash, p.base_plan_no AS basePlanNo, p.author_id AS authorId,
            p.published_at_ms AS publishedAtMs, a.approver_id AS approverId, a.hash AS approvedHash,
            a.base_plan_no AS approvedBase, p.break_glass_by AS breakGlassBy, p.over_plan_no AS overPlanNo,
            p.withdrawn_at_ms AS withdrawnAtMs
     FROM plans p LEFT JOIN approvals a ON a.plan_no = p.plan_no
     WHERE ${where}`,
    values,
  );
  return rows.map(toRecord);
}

function toRecord(row: PlanRow): PlanRecord {
  const { planNo, hash, basePlanNo, authorId, approverId, breakGlassBy } = row;
  return {
    planNo,
    plan: JSON.parse(row.body) as Plan,
    hash,
    basePlanNo,
    authorId,
    approval: approverId === null ? undefined : { approverId, hash: row.approvedHash, basePlanNo: row.approvedBase },
    published: row.publishedAtMs !== null,
    breakGlass:
      breakGlassBy === null
        ? undefined
        : { operatorId: breakGlassBy, overPlanNo: row.overPlanNo, isWithdrawn: row.withdrawnAtMs !== null },
  };
}
