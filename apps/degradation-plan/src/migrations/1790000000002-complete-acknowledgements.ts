import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** When an instance received what it follows, where from, and its tier. Not told by the release before, nor by those who do not follow through Redis. */
export class CompleteAcknowledgements1790000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE acknowledgements
        ADD COLUMN received_at_ms BIGINT NULL,
        ADD COLUMN source VARCHAR(16) NULL,
        ADD COLUMN tier TINYINT UNSIGNED NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE acknowledgements DROP COLUMN received_at_ms, DROP COLUMN source, DROP COLUMN tier');
  }
}
