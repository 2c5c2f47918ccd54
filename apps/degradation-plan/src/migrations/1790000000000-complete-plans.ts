import { selectRows } from '@floodgate/adapters/mysql';
import { canonicalJson } from '@floodgate/domain/degradation-plan';
import { sha256 } from '@floodgate/nest-kit';
import { type MigrationInterface, type QueryRunner } from 'typeorm';

interface PlanRow {
  readonly planNo: number;
  readonly body: string;
  readonly hash: string;
}

/**
 * Plans written before priorities, waiting room, lottery, challenge, consumers and countdown get them, with values that change nothing of what they say. Their
 * approvals go with them: nobody was asked anything new. The plan in force comes with a new version, so that no version ever has two contents; followers of the
 * release before do not know the new format and keep what they have.
 */
export class CompletePlans1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.startTransaction();
    try {
      await completePlans(runner);
      await runner.commitTransaction();
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
  }

  /** The release before ignores what it does not know. */
  async down(): Promise<void> {}
}

// As they were when this was written, and not the reference plan, which may change.
const UNLIMITED = { eventsPerSecond: null, concurrency: null };
const CONSUMERS = { payout: UNLIMITED, income: UNLIMITED, 'spent-qualifications': UNLIMITED };
const COMPLETION = {
  priorities: {
    venue: 'browse',
    entry: 'browse',
    task: 'browse',
    draw: 'browse',
    cards: 'browse',
    redeem: 'qualify',
    qualification: 'qualify',
    grab: 'grab',
    pay: 'pay',
  },
  normal: { consumers: CONSUMERS },
  tier1: {
    entry: { countdown: true },
    room: { open: 'off', beforeMs: 300_000, perSecond: null },
    challenge: 'off',
    lottery: { drawnShare: 1, roundMs: 300_000 },
    consumers: CONSUMERS,
  },
  tier2: { challenge: 'off' },
};

async function completePlans(runner: QueryRunner): Promise<void> {
  const [current] = await selectRows<{ version: number; planNo: number; tiers: string }>(
    runner,
    `SELECT s.version, s.plan_no AS planNo, s.tiers
     FROM current_snapshot c JOIN snapshots s ON s.version = c.version WHERE c.id = 1 FOR UPDATE`,
  );
  if (current === undefined) throw new Error('no plan is in force');
  for (const row of await selectRows<PlanRow>(runner, 'SELECT plan_no AS planNo, body, hash FROM plans')) {
    const plan = withDefaults(JSON.parse(row.body) as object, COMPLETION);
    const body = canonicalJson(plan);
    if (body === row.body) continue;
    await completePlan(runner, row, body);
    if (row.planNo === current.planNo) await issueAnew(runner, current, plan);
  }
}

const NOW_MS = 'CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS UNSIGNED)';

async function completePlan(runner: QueryRunner, { planNo, hash: hashBefore }: PlanRow, body: string): Promise<void> {
  const hash = sha256(body);
  await runner.query('UPDATE plans SET body = ?, hash = ? WHERE plan_no = ?', [body, hash, planNo]);
  await runner.query('UPDATE approvals SET hash = ? WHERE plan_no = ? AND hash = ?', [hash, planNo, hashBefore]);
  await runner.query(
    `INSERT INTO audit (at_ms, operator_id, action, detail) VALUES (${NOW_MS}, 'floodgate', 'plan-completed', ?)`,
    [canonicalJson({ planNo, hash, hashBefore })],
  );
}

async function issueAnew(
  runner: QueryRunner,
  current: { readonly version: number; readonly planNo: number; readonly tiers: string },
  plan: object,
): Promise<void> {
  const [followed] = await selectRows<{ version: number | null }>(
    runner,
    'SELECT MAX(version) AS version FROM acknowledgements',
  );
  const version = Math.max(Number(current.version), Number(followed?.version ?? 0)) + 1;
  const { planNo, tiers } = current;
  const hash = sha256(canonicalJson({ planNo, plan, tiers: JSON.parse(tiers) as unknown }));
  await runner.query(
    `INSERT INTO snapshots (version, hash, plan_no, tiers, issued_at_ms) VALUES (?, ?, ?, ?, ${NOW_MS})`,
    [version, hash, planNo, tiers],
  );
  await runner.query('UPDATE current_snapshot SET version = ? WHERE id = 1', [version]);
}

/** What is there stays; what is missing comes from `defaults`. */
function withDefaults(value: object, defaults: object): object {
  const given = value as Record<string, unknown>;
  const completed: Record<string, unknown> = { ...given };
  for (const [name, missing] of Object.entries(defaults) as [string, unknown][]) {
    const there = given[name];
    if (there === undefined) completed[name] = missing;
    else if (isObject(there) && isObject(missing)) completed[name] = withDefaults(there, missing);
  }
  return completed;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
