import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Two people's way to a seed: who approved, what they committed to, what both have shown, and what was made of it. A campaign
 * published before has none, and its packets cannot be checked by anyone outside.
 */
export class SealPackets1785000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaigns
        ADD COLUMN approved_by VARCHAR(64) COLLATE utf8mb4_bin NULL,
        ADD COLUMN approved_at_ms BIGINT NULL,
        ADD COLUMN approver_commitment CHAR(64) COLLATE utf8mb4_bin NULL,
        ADD COLUMN author_secret CHAR(64) COLLATE utf8mb4_bin NULL,
        ADD COLUMN approver_secret CHAR(64) COLLATE utf8mb4_bin NULL,
        ADD COLUMN seals MEDIUMTEXT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of [
      'seals',
      'approver_secret',
      'author_secret',
      'approver_commitment',
      'approved_at_ms',
      'approved_by',
    ]) {
      await runner.query(`ALTER TABLE campaigns DROP COLUMN ${column}`);
    }
  }
}
