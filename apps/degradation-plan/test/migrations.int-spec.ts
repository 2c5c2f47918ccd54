import { selectRows } from '@floodgate/adapters/mysql';
import {
  AuditWalk,
  canonicalJson,
  contentOf,
  findPlanFault,
  type Plan,
  REFERENCE_PLAN,
} from '@floodgate/domain/degradation-plan';
import { sha256 } from '@floodgate/nest-kit';
import { createTestDatabase, type TestDatabase } from '@floodgate/testing';
import { DataSource } from 'typeorm';
import { migrations } from '../src/migrations';

/** Those that were there when plans had no priorities, room, lottery, challenge, consumers and countdown. */
const BEFORE = migrations.filter((one) => one.name.startsWith('CreatePlans'));

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase(BEFORE);
});

afterAll(() => database.drop());

async function migrate(): Promise<void> {
  const now = new DataSource({ ...database.dataSource.options, migrations });
  await now.initialize();
  await now.runMigrations({ transaction: 'none' });
  await now.destroy();
}

describe('a database of the release before', () => {
  it('has its plans completed, their approvals kept, the plan in force under a new version, and its audit chained', async () => {
    const sql = database.dataSource;
    const [first] = await selectRows<{ body: string; hash: string }>(sql, 'SELECT body, hash FROM plans');
    const old = JSON.parse(first?.body ?? '') as Plan;
    expect(old.priorities).toBeUndefined();
    const drafted = canonicalJson({ ...old, title: 'approved before', rampDownMs: 30_000 });
    await sql.query(
      'INSERT INTO plans (plan_no, body, hash, base_plan_no, author_id, drafted_at_ms) VALUES (2, ?, ?, 1, ?, 1)',
      [drafted, sha256(drafted), 'ada'],
    );
    await sql.query("INSERT INTO approvals VALUES (2, ?, 'bob', 2)", [sha256(drafted)]);
    await sql.query(
      "INSERT INTO audit (at_ms, operator_id, action, detail) VALUES (1, 'ada', 'plan-drafted', '{\"planNo\":2}')",
    );
    await sql.query("INSERT INTO acknowledgements VALUES ('gateway-1', 'gateway', 7, '', 1, 1)");
    await migrate();

    const plans = await selectRows<{ body: string; hash: string }>(
      sql,
      'SELECT body, hash FROM plans ORDER BY plan_no',
    );
    expect(JSON.parse(plans[0]?.body ?? '')).toEqual(REFERENCE_PLAN);
    const completed = JSON.parse(plans[1]?.body ?? '') as Plan;
    expect(completed).toEqual({ ...REFERENCE_PLAN, title: 'approved before', rampDownMs: 30_000 });
    expect(findPlanFault(completed)).toBeUndefined();
    for (const { body, hash } of plans) expect(hash).toBe(sha256(body));
    const approvals = await selectRows(sql, 'SELECT hash, base_plan_no AS basePlanNo FROM approvals');
    expect(approvals).toEqual([{ hash: plans[1]?.hash, basePlanNo: 1 }]);

    const [current] = await selectRows<{ version: number; hash: string; planNo: number }>(
      sql,
      `SELECT s.version, s.hash, s.plan_no AS planNo
       FROM current_snapshot c JOIN snapshots s ON s.version = c.version`,
    );
    const content = contentOf({ planNo: 1, plan: REFERENCE_PLAN, tiers: [] });
    // Above what is followed, so that no version has two contents.
    expect(current).toEqual({ version: 8, hash: sha256(content), planNo: 1 });

    const rows = await selectRows<never>(
      sql,
      `SELECT id, at_ms AS atMs, operator_id AS operatorId, action, detail, previous_hash AS previousHash, hash
       FROM audit ORDER BY id`,
    );
    expect(rows.map(({ action }) => action as string)).toEqual(['plan-drafted', 'plan-completed', 'plan-completed']);
    const walk = new AuditWalk(sha256);
    expect(rows.map((row) => walk.next(row)).filter(Boolean)).toEqual([]);
    const [head] = await selectRows<never>(sql, 'SELECT length, hash FROM audit_head');
    expect(walk.end(head as never)).toBeUndefined();
  });
});
