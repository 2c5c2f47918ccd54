import { CONSUMER_OFFSETS_TABLE, OUTBOX_TABLE } from '@floodgate/adapters/kafka';
import { type MigrationInterface, type QueryRunner } from 'typeorm';

const ID = 'VARCHAR(64) COLLATE utf8mb4_bin NOT NULL';

/** Campaigns, who did which task, and who is qualified. */
export class CreateActivity1768000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE campaigns (
        campaign_id ${ID},
        state VARCHAR(12) NOT NULL,
        spec MEDIUMTEXT NOT NULL,
        settle_by_ms BIGINT NOT NULL,
        created_by ${ID},
        created_at_ms BIGINT NOT NULL,
        published_by VARCHAR(64) COLLATE utf8mb4_bin NULL,
        published_at_ms BIGINT NULL,
        PRIMARY KEY (campaign_id),
        KEY by_state (state, settle_by_ms)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await runner.query(`
      CREATE TABLE task_completions (
        completion_id ${ID},
        campaign_id ${ID},
        user_id ${ID},
        task_id ${ID},
        draws INT UNSIGNED NOT NULL,
        completed_at_ms BIGINT NOT NULL,
        PRIMARY KEY (completion_id),
        UNIQUE KEY once (campaign_id, user_id, task_id)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await runner.query(`
      CREATE TABLE qualifications (
        qualification_id ${ID},
        campaign_id ${ID},
        user_id ${ID},
        pool_id ${ID},
        redemption_id ${ID},
        qualified_at_ms BIGINT NOT NULL,
        spent_at_ms BIGINT NULL,
        PRIMARY KEY (qualification_id),
        UNIQUE KEY once (campaign_id, user_id)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await runner.query(OUTBOX_TABLE);
    await runner.query(CONSUMER_OFFSETS_TABLE);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['consumer_offsets', 'outbox', 'qualifications', 'task_completions', 'campaigns']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
