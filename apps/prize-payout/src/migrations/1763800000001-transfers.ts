import { type MigrationInterface, type QueryRunner } from 'typeorm';

const NAME = 'COLLATE utf8mb4_bin NOT NULL';

/** The ledger's only table. The service's account can append to it and read it, and nothing else. */
export class Transfers1763800000001 implements MigrationInterface {
  readonly name = 'Transfers1763800000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE transfers (
        transfer_id VARCHAR(140) ${NAME},
        debit_account VARCHAR(140) ${NAME},
        credit_account VARCHAR(140) ${NAME},
        amount_fen BIGINT NOT NULL,
        kind VARCHAR(8) NOT NULL,
        campaign_id VARCHAR(64) ${NAME},
        causation_id VARCHAR(64) ${NAME},
        created_at_ms BIGINT NOT NULL,
        PRIMARY KEY (transfer_id),
        CONSTRAINT something_moves CHECK (amount_fen > 0),
        CONSTRAINT between_two_accounts CHECK (debit_account <> credit_account)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE transfers');
  }
}
