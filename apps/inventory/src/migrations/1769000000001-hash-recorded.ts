import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The record before each recorder offset, so that another log is not taken for the one that the register was made from. */
export class HashRecorded1769000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE recorder_offsets ADD COLUMN last_hash CHAR(16) CHARACTER SET ascii NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE recorder_offsets DROP COLUMN last_hash');
  }
}
