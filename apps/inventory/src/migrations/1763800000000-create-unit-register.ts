import { CONSUMER_OFFSETS_TABLE } from '@floodgate/adapters/kafka';
import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Who holds which unit, as the recorder has folded it out of the stock log. The unique keys are the last wall: a unit in a
 * generation once, a user with one open grant in a pool. Hitting one stops the recorder and is an incident. A grabId counts
 * together with its user: clients make them, and a stranger's equal grabId must not stop anything.
 */
export class CreateUnitRegister1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE unit_register (
        campaign_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        pool_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        unit_no INT UNSIGNED NOT NULL,
        generation INT UNSIGNED NOT NULL,
        shard_no INT UNSIGNED NOT NULL,
        user_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        grab_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        qualification_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        amount_fen BIGINT NOT NULL,
        state VARCHAR(10) NOT NULL,
        open_user_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
        log_position VARCHAR(64) NOT NULL,
        granted_at_ms BIGINT NOT NULL,
        ended_at_ms BIGINT NULL,
        PRIMARY KEY (campaign_id, pool_id, unit_no, generation),
        UNIQUE KEY one_row_a_grab (campaign_id, pool_id, grab_id, user_id),
        UNIQUE KEY one_open_grant_a_user (campaign_id, pool_id, open_user_id)
      )`);
    await runner.query(`
      CREATE TABLE recorder_offsets (
        partition_no INT UNSIGNED NOT NULL,
        next_offset BIGINT UNSIGNED NOT NULL,
        PRIMARY KEY (partition_no)
      )`);
    await runner.query(CONSUMER_OFFSETS_TABLE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE consumer_offsets');
    await runner.query('DROP TABLE recorder_offsets');
    await runner.query('DROP TABLE unit_register');
  }
}
