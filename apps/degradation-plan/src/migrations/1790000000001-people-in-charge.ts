import { selectRows } from '@floodgate/adapters/mysql';
import { type AuditContent, EMPTY_AUDIT, withAuditRow } from '@floodgate/domain/degradation-plan';
import { sha256 } from '@floodgate/nest-kit';
import { type MigrationInterface, type QueryRunner } from 'typeorm';

const HASH = 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL';

/**
 * Edited drafts, approvals that bind a base, plans put into force by breaking glass, the serial number of policy files, and the audit as a chain. What the audit
 * holds already becomes the beginning of the chain as it stands. An approval that the release before gives meanwhile has no base and must be given again.
 */
export class PeopleInCharge1790000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE plans
        ADD COLUMN edited_at_ms BIGINT NULL,
        ADD COLUMN break_glass_by VARCHAR(64) COLLATE utf8mb4_bin NULL,
        ADD COLUMN over_plan_no INT UNSIGNED NULL,
        ADD COLUMN withdrawn_at_ms BIGINT NULL`);
    await runner.query('ALTER TABLE approvals ADD COLUMN base_plan_no INT UNSIGNED NOT NULL DEFAULT 0');
    await runner.query(
      'UPDATE approvals SET base_plan_no = (SELECT base_plan_no FROM plans WHERE plans.plan_no = approvals.plan_no)',
    );
    await runner.query('ALTER TABLE current_snapshot ADD COLUMN file_serial BIGINT UNSIGNED NOT NULL DEFAULT 0');
    await runner.query(
      `ALTER TABLE audit ADD COLUMN previous_hash ${HASH} DEFAULT '', ADD COLUMN hash ${HASH} DEFAULT ''`,
    );
    // One row, which whoever appends to the audit locks.
    await runner.query(`
      CREATE TABLE audit_head (
        id TINYINT UNSIGNED NOT NULL,
        length BIGINT UNSIGNED NOT NULL,
        hash ${HASH},
        PRIMARY KEY (id)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await chainAudit(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_head');
    await runner.query('ALTER TABLE audit DROP COLUMN previous_hash, DROP COLUMN hash');
    await runner.query('ALTER TABLE current_snapshot DROP COLUMN file_serial');
    await runner.query('ALTER TABLE approvals DROP COLUMN base_plan_no');
    await runner.query(`
      ALTER TABLE plans
        DROP COLUMN edited_at_ms, DROP COLUMN break_glass_by, DROP COLUMN over_plan_no, DROP COLUMN withdrawn_at_ms`);
  }
}

async function chainAudit(runner: QueryRunner): Promise<void> {
  const rows = await selectRows<AuditContent & { readonly id: number }>(
    runner,
    'SELECT id, at_ms AS atMs, operator_id AS operatorId, action, detail FROM audit ORDER BY id',
  );
  let head = EMPTY_AUDIT;
  for (const row of rows) {
    const next = withAuditRow(sha256, head, { ...row, atMs: Number(row.atMs) });
    await runner.query('UPDATE audit SET previous_hash = ?, hash = ? WHERE id = ?', [head.hash, next.hash, row.id]);
    head = next;
  }
  await runner.query('INSERT INTO audit_head (id, length, hash) VALUES (1, ?, ?)', [head.length, head.hash]);
}
