import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Shards as the recorder has folded them: what each was created with and when, whether it is closed, and how many units it ever
 * lent and borrowed. Shards recorded before are not in it.
 */
export class RecordShards1785000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE recorded_shards (
        campaign_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        pool_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        shard_no INT UNSIGNED NOT NULL,
        created_record MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
        created_position VARCHAR(64) NOT NULL,
        closed_at_ms BIGINT NULL,
        lent_units INT UNSIGNED NOT NULL DEFAULT 0,
        borrowed_units INT UNSIGNED NOT NULL DEFAULT 0,
        PRIMARY KEY (campaign_id, pool_id, shard_no)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE recorded_shards');
  }
}
