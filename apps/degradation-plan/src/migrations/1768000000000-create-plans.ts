import { OUTBOX_TABLE } from '@floodgate/adapters/kafka';
import { canonicalJson } from '@floodgate/domain/degradation-plan';
import { sha256 } from '@floodgate/nest-kit';
import { type MigrationInterface, type QueryRunner } from 'typeorm';

const ID = 'VARCHAR(64) COLLATE utf8mb4_bin NOT NULL';
const HASH = 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL';
const INNODB = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';

const TABLES = {
  plans: `
    plan_no INT UNSIGNED NOT NULL AUTO_INCREMENT,
    body MEDIUMTEXT NOT NULL,
    hash ${HASH},
    base_plan_no INT UNSIGNED NOT NULL,
    author_id ${ID},
    drafted_at_ms BIGINT NOT NULL,
    published_at_ms BIGINT NULL,
    PRIMARY KEY (plan_no)`,
  // The hash is what was approved: a plan whose body no longer has it is not approved.
  approvals: `
    plan_no INT UNSIGNED NOT NULL,
    hash ${HASH},
    approver_id ${ID},
    approved_at_ms BIGINT NOT NULL,
    PRIMARY KEY (plan_no)`,
  snapshots: `
    version BIGINT UNSIGNED NOT NULL,
    hash ${HASH},
    plan_no INT UNSIGNED NOT NULL,
    tiers MEDIUMTEXT NOT NULL,
    issued_at_ms BIGINT NOT NULL,
    PRIMARY KEY (version)`,
  // One row, which whoever changes plan or tiers locks first.
  current_snapshot: `
    id TINYINT UNSIGNED NOT NULL,
    version BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (id)`,
  audit: `
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    at_ms BIGINT NOT NULL,
    operator_id ${ID},
    action VARCHAR(32) NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (id)`,
  acknowledgements: `
    instance_id VARCHAR(120) COLLATE utf8mb4_bin NOT NULL,
    app VARCHAR(64) NOT NULL,
    version BIGINT UNSIGNED NOT NULL,
    hash VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    applied_at_ms BIGINT NOT NULL,
    seen_at_ms BIGINT NOT NULL,
    PRIMARY KEY (instance_id)`,
} as const;

/** Plans with their approvals, snapshots, audit and acknowledgements; the reference plan is in force from the start. */
export class CreatePlans1768000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, columns] of Object.entries(TABLES)) {
      await runner.query(`CREATE TABLE ${table} (${columns}) ${INNODB}`);
    }
    await runner.query(OUTBOX_TABLE);
    await seedReferencePlan(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['outbox', ...Object.keys(TABLES).reverse()]) await runner.query(`DROP TABLE ${table}`);
  }
}

/** The reference plan as it was when this was written: what a migration did never changes. 1790000000000-complete-plans brings it up to date. */
const FIRST_PLAN = {
  title: 'reference plan',
  rampDownMs: 60_000,
  manualTtlMs: 900_000,
  normal: { pollIntervalMs: 3_000, caps: { venue: null, qualification: null, grab: null } },
  tier1: {
    beforeMs: 300_000,
    afterMs: 300_000,
    entry: { offsetMs: 0, releaseOverMs: 60_000, hiddenFromSignedOut: true },
    caps: { venue: 1_000_000, qualification: 1_000_000, grab: 1_000_000 },
    participateStatus: 'on',
    reissue: 'off',
    payoutQueued: true,
    pageReduced: true,
    pollIntervalMs: 3_000,
  },
  tier2: {
    serverDrop: { shares: { pay: 0, grab: 0.3, qualify: 0.5, browse: 0.5 }, windowMs: 120_000 },
    pollIntervalMs: 5_000,
  },
  tier3: {
    clientDrop: { shares: { pay: 0, grab: 0.3, qualify: 0.5, browse: 0.5 }, windowMs: 120_000 },
    pollIntervalMs: 10_000,
  },
};

async function seedReferencePlan(runner: QueryRunner): Promise<void> {
  const nowMs = 'CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS UNSIGNED)';
  const body = canonicalJson(FIRST_PLAN);
  await runner.query(
    `INSERT INTO plans (plan_no, body, hash, base_plan_no, author_id, drafted_at_ms, published_at_ms)
     VALUES (1, ?, ?, 0, 'floodgate', ${nowMs}, ${nowMs})`,
    [body, sha256(body)],
  );
  await runner.query(
    `INSERT INTO snapshots (version, hash, plan_no, tiers, issued_at_ms) VALUES (1, ?, 1, '[]', ${nowMs})`,
    [sha256(canonicalJson({ planNo: 1, plan: FIRST_PLAN, tiers: [] }))],
  );
  await runner.query('INSERT INTO current_snapshot (id, version) VALUES (1, 1)');
}
