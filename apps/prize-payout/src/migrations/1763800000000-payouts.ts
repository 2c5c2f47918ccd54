import { CONSUMER_OFFSETS_TABLE, OUTBOX_TABLE } from '@floodgate/adapters/kafka';
import { type MigrationInterface, type QueryRunner } from 'typeorm';

const ID = 'VARCHAR(64) COLLATE utf8mb4_bin NOT NULL';

// The grabId is made by the client, so it is unique for one user only: a stranger's must not cost anyone a payout.
const PAYOUTS_TABLE = `
  CREATE TABLE payouts (
    payout_id ${ID},
    campaign_id ${ID},
    pool_id ${ID},
    unit_no INT UNSIGNED NOT NULL,
    generation INT UNSIGNED NOT NULL,
    grab_id ${ID},
    user_id ${ID},
    amount_fen BIGINT NOT NULL,
    state VARCHAR(16) NOT NULL,
    attempts INT UNSIGNED NOT NULL,
    asks INT UNSIGNED NOT NULL,
    due_at_ms BIGINT NULL,
    booked_at_ms BIGINT NOT NULL,
    PRIMARY KEY (payout_id),
    UNIQUE KEY one_payout_a_grant (campaign_id, pool_id, unit_no, generation),
    UNIQUE KEY one_payout_a_grab (campaign_id, pool_id, grab_id, user_id),
    KEY by_turn (state, due_at_ms, booked_at_ms)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;

const BALANCES_TABLE = `
  CREATE TABLE account_balances (
    account VARCHAR(140) COLLATE utf8mb4_bin NOT NULL,
    balance_fen BIGINT NOT NULL,
    PRIMARY KEY (account),
    CONSTRAINT never_overdrawn CHECK (balance_fen >= 0)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;

const CASES_TABLE = `
  CREATE TABLE cases (
    case_id VARCHAR(100) COLLATE utf8mb4_bin NOT NULL,
    kind VARCHAR(40) NOT NULL,
    campaign_id ${ID},
    evidence TEXT NOT NULL,
    state VARCHAR(16) NOT NULL,
    opened_at_ms BIGINT NOT NULL,
    PRIMARY KEY (case_id)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;

const CAMPAIGNS_TABLE = `
  CREATE TABLE campaigns (
    campaign_id ${ID},
    t0_ms BIGINT NOT NULL,
    settle_by_ms BIGINT NOT NULL,
    PRIMARY KEY (campaign_id),
    KEY by_settling (settle_by_ms)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;

export class Payouts1763800000000 implements MigrationInterface {
  readonly name = 'Payouts1763800000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(PAYOUTS_TABLE);
    await queryRunner.query(BALANCES_TABLE);
    await queryRunner.query(CASES_TABLE);
    await queryRunner.query(CAMPAIGNS_TABLE);
    await queryRunner.query(OUTBOX_TABLE);
    await queryRunner.query(CONSUMER_OFFSETS_TABLE);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['payouts', 'account_balances', 'cases', 'campaigns', 'outbox', 'consumer_offsets']) {
      await queryRunner.query(`DROP TABLE ${table}`);
    }
  }
}
