import { CONSUMER_OFFSETS_TABLE, OUTBOX_TABLE } from '@floodgate/adapters/kafka';
import { type MigrationInterface, type QueryRunner } from 'typeorm';

const ID = 'VARCHAR(64) COLLATE utf8mb4_bin NOT NULL';

/** Cards with their budgets; what each user earned, drew, holds and redeemed. */
export class CreateCardCollection1768000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...CARD_TABLES, ...USER_TABLES, OUTBOX_TABLE, CONSUMER_OFFSETS_TABLE]) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    const users = ['redemptions', 'held_cards', 'draws', 'draw_balances', 'draw_credits'];
    for (const table of ['consumer_offsets', 'outbox', ...users, 'cards', 'campaigns']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}

const CARD_TABLES = [
  `CREATE TABLE campaigns (
    campaign_id ${ID},
    opens_at_ms BIGINT NOT NULL,
    qualify_until_ms BIGINT NOT NULL,
    PRIMARY KEY (campaign_id)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
  `CREATE TABLE cards (
    campaign_id ${ID},
    card_id ${ID},
    position INT UNSIGNED NOT NULL,
    weight INT UNSIGNED NOT NULL,
    budget INT UNSIGNED NOT NULL,
    minted INT UNSIGNED NOT NULL DEFAULT 0,
    PRIMARY KEY (campaign_id, card_id),
    CONSTRAINT within_budget CHECK (minted <= budget)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
];

const USER_TABLES = [
  `CREATE TABLE draw_credits (
    completion_id ${ID},
    campaign_id ${ID},
    user_id ${ID},
    draws INT UNSIGNED NOT NULL,
    PRIMARY KEY (completion_id)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
  `CREATE TABLE draw_balances (
    campaign_id ${ID},
    user_id ${ID},
    earned INT UNSIGNED NOT NULL,
    used INT UNSIGNED NOT NULL DEFAULT 0,
    PRIMARY KEY (campaign_id, user_id),
    CONSTRAINT within_earned CHECK (used <= earned)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
  `CREATE TABLE draws (
    draw_id ${ID},
    campaign_id ${ID},
    user_id ${ID},
    card_id ${ID},
    drawn_at_ms BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, user_id, draw_id)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
  `CREATE TABLE held_cards (
    campaign_id ${ID},
    user_id ${ID},
    card_id ${ID},
    held INT UNSIGNED NOT NULL,
    PRIMARY KEY (campaign_id, user_id, card_id)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
  `CREATE TABLE redemptions (
    redemption_id ${ID},
    campaign_id ${ID},
    user_id ${ID},
    redeemed_at_ms BIGINT NOT NULL,
    PRIMARY KEY (redemption_id),
    UNIQUE KEY once (campaign_id, user_id)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
];
