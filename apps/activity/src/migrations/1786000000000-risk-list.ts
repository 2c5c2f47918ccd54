import { type MigrationInterface, type QueryRunner } from 'typeorm';

const ID = 'VARCHAR(64) COLLATE utf8mb4_bin NOT NULL';
const REASON = 'VARCHAR(200) NOT NULL';

/** The blacklist with its history, and the frequency rules. Who is taken off stays as a row that has expired, so that gateways hear of it. */
export class RiskList1786000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE risk_list (
        kind VARCHAR(8) COLLATE utf8mb4_bin NOT NULL,
        subject ${ID},
        reason ${REASON},
        listed_by ${ID},
        listed_at_ms BIGINT NOT NULL,
        expires_at_ms BIGINT NOT NULL,
        version BIGINT NOT NULL,
        PRIMARY KEY (kind, subject),
        UNIQUE KEY by_version (version)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await runner.query(`
      CREATE TABLE risk_list_audit (
        version BIGINT NOT NULL,
        kind VARCHAR(8) COLLATE utf8mb4_bin NOT NULL,
        subject ${ID},
        action VARCHAR(8) NOT NULL,
        reason ${REASON},
        done_by ${ID},
        done_at_ms BIGINT NOT NULL,
        expires_at_ms BIGINT NOT NULL,
        PRIMARY KEY (version),
        KEY by_subject (kind, subject)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    // Its one row is locked by every change, so that versions are committed in their order and no reader misses one.
    await runner.query(`
      CREATE TABLE risk_list_version (
        id TINYINT NOT NULL,
        version BIGINT NOT NULL,
        PRIMARY KEY (id)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
    await runner.query('INSERT INTO risk_list_version (id, version) VALUES (1, 0)');
    await runner.query(`
      CREATE TABLE frequency_rules (
        version BIGINT NOT NULL AUTO_INCREMENT,
        rules TEXT NOT NULL,
        set_by ${ID},
        set_at_ms BIGINT NOT NULL,
        PRIMARY KEY (version)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['frequency_rules', 'risk_list_version', 'risk_list_audit', 'risk_list']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
