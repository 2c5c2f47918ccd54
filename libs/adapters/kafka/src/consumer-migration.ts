import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * For every schema with CONSUMER_OFFSETS_TABLE: what consumers compare a topic with before they go on with it, and which dead
 * letters came back.
 */
export class GuardConsumers1769000000000 implements MigrationInterface {
  readonly name = 'GuardConsumers1769000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE consumer_offsets ADD COLUMN last_hash CHAR(16) CHARACTER SET ascii NULL');
    await runner.query(`
      CREATE TABLE consumed_topics (
        consumer VARCHAR(80) NOT NULL,
        topic VARCHAR(120) NOT NULL,
        cluster_id VARCHAR(64) NOT NULL,
        partitions INT UNSIGNED NOT NULL,
        PRIMARY KEY (consumer, topic)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await runner.query(`
      CREATE TABLE replayed_messages (
        consumer VARCHAR(80) NOT NULL,
        topic VARCHAR(120) NOT NULL,
        partition_no INT UNSIGNED NOT NULL,
        message_offset BIGINT UNSIGNED NOT NULL,
        PRIMARY KEY (consumer, topic, partition_no, message_offset)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE replayed_messages');
    await runner.query('DROP TABLE consumed_topics');
    await runner.query('ALTER TABLE consumer_offsets DROP COLUMN last_hash');
  }
}
