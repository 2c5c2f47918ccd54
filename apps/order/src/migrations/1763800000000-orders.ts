import { CONSUMER_OFFSETS_TABLE, OUTBOX_TABLE } from '@floodgate/adapters/kafka';
import { type MigrationInterface, type QueryRunner } from 'typeorm';

const ID = 'VARCHAR(64) COLLATE utf8mb4_bin NOT NULL';

export class Orders1763800000000 implements MigrationInterface {
  readonly name = 'Orders1763800000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // The grabId is made by the client, so it is unique for one user only: a stranger's must not cost anyone an order.
    await queryRunner.query(`
      CREATE TABLE orders (
        order_id ${ID},
        campaign_id ${ID},
        pool_id ${ID},
        unit_no INT UNSIGNED NOT NULL,
        generation INT UNSIGNED NOT NULL,
        grab_id ${ID},
        user_id ${ID},
        price_fen BIGINT NOT NULL,
        state VARCHAR(16) NOT NULL,
        expires_at_ms BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        PRIMARY KEY (order_id),
        UNIQUE KEY one_order_a_grant (campaign_id, pool_id, unit_no, generation),
        UNIQUE KEY one_order_a_grab (campaign_id, pool_id, grab_id, user_id),
        KEY by_expiry (state, expires_at_ms)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await queryRunner.query(`
      CREATE TABLE payments (
        order_id ${ID},
        payment_id ${ID},
        state VARCHAR(16) NOT NULL,
        checkouts INT UNSIGNED NOT NULL,
        asks INT UNSIGNED NOT NULL,
        ask_at_ms BIGINT NULL,
        PRIMARY KEY (order_id),
        KEY by_turn (state, ask_at_ms)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await queryRunner.query(OUTBOX_TABLE);
    await queryRunner.query(CONSUMER_OFFSETS_TABLE);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['payments', 'orders', 'outbox', 'consumer_offsets']) {
      await queryRunner.query(`DROP TABLE ${table}`);
    }
  }
}
