import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class ChannelEntries1763800000000 implements MigrationInterface {
  readonly name = 'ChannelEntries1763800000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE channel_entries (
        number VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
        direction VARCHAR(8) NOT NULL,
        user_id VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
        amount_fen BIGINT NOT NULL,
        state VARCHAR(8) NOT NULL,
        attempts INT UNSIGNED NOT NULL,
        created_at_ms BIGINT NOT NULL,
        PRIMARY KEY (number)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE channel_entries');
  }
}
