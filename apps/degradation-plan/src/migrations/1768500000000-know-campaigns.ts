import { CONSUMER_OFFSETS_TABLE } from '@floodgate/adapters/kafka';
import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Published campaigns, whose policy files this service writes, and how far their events are read. Dated before GuardConsumers, which builds on it. */
export class KnowCampaigns1768500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CONSUMER_OFFSETS_TABLE);
    await runner.query(`
      CREATE TABLE campaigns (
        campaign_id VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
        t0_ms BIGINT NOT NULL,
        settle_by_ms BIGINT NOT NULL,
        PRIMARY KEY (campaign_id)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE campaigns');
    await runner.query('DROP TABLE consumer_offsets');
  }
}
