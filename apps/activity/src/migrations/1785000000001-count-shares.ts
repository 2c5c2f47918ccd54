import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Whether a pool of one share for everyone qualified is still to be fixed, and how many redemptions there were. */
export class CountShares1785000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaigns
        ADD COLUMN shares_open BOOLEAN NOT NULL DEFAULT FALSE,
        ADD COLUMN redemptions_counted INT UNSIGNED NULL,
        ADD COLUMN counted_by VARCHAR(64) COLLATE utf8mb4_bin NULL,
        ADD KEY to_fix (shares_open)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of ['counted_by', 'redemptions_counted', 'shares_open']) {
      await runner.query(`ALTER TABLE campaigns DROP COLUMN ${column}`);
    }
  }
}
