import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** When a campaign's redemptions were counted. Nobody waits for the count of one that was there before. */
export class CountRedemptions1785000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE campaigns ADD COLUMN counted_at_ms BIGINT NULL, ADD KEY to_count (counted_at_ms)');
    await runner.query('UPDATE campaigns SET counted_at_ms = 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE campaigns DROP COLUMN counted_at_ms');
  }
}
