import { execute, insertRows } from '@floodgate/adapters/mysql';
import { EMPTY_AUDIT, withAuditRow } from '@floodgate/domain/degradation-plan';
import { sha256 } from '@floodgate/nest-kit';
import { createTestDatabase, type TestDatabase } from '@floodgate/testing';
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { verifyAudit } from '../src/verify-audit';

/** The tables as the plan service's migrations make them. */
class Audit1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE audit (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, at_ms BIGINT NOT NULL, operator_id VARCHAR(64) NOT NULL,
      action VARCHAR(32) NOT NULL, detail TEXT NOT NULL, previous_hash CHAR(64) NOT NULL, hash CHAR(64) NOT NULL)`);
    await runner.query(
      'CREATE TABLE audit_head (id TINYINT PRIMARY KEY, length BIGINT UNSIGNED NOT NULL, hash CHAR(64) NOT NULL)',
    );
  }

  async down(): Promise<void> {}
}

const COLUMNS = ['at_ms', 'operator_id', 'action', 'detail', 'previous_hash', 'hash'];
/** More than a page. */
const ROWS = 2_345;

let database: TestDatabase;
let hashes: string[];

beforeAll(async () => {
  database = await createTestDatabase([Audit1790000000000]);
});

afterAll(() => database.drop());

beforeEach(async () => {
  const { dataSource } = database;
  await execute(dataSource, 'DELETE FROM audit_head');
  await execute(dataSource, 'TRUNCATE TABLE audit');
  let head = EMPTY_AUDIT;
  hashes = [];
  const rows = Array.from({ length: ROWS }, (_, index) => {
    const content = { atMs: index, operatorId: 'ada', action: 'tier-set', detail: `{"version":${index}}` };
    const previousHash = head.hash;
    head = withAuditRow(sha256, head, content);
    hashes.push(head.hash);
    return [content.atMs, content.operatorId, content.action, content.detail, previousHash, head.hash];
  });
  await insertRows(dataSource, 'audit', COLUMNS, rows);
  await insertRows(dataSource, 'audit_head', ['id', 'length', 'hash'], [[1, head.length, head.hash]]);
});

const verify = (expectedHash?: string) => verifyAudit(database.dataSource, database.name, expectedHash);

describe('verifying the audit', () => {
  it('finds nothing in what was written', async () => {
    expect(await verify()).toEqual({ head: { length: ROWS, hash: hashes.at(-1) }, broken: undefined });
    expect((await verify(hashes[1_500])).broken).toBeUndefined();
  });

  it('names a row that was changed', async () => {
    await execute(database.dataSource, "UPDATE audit SET operator_id = 'bob' WHERE id = 1500");
    expect(await verify()).toMatchObject({ head: { length: 1_499 }, broken: { id: 1_500 } });
  });

  it('names the row after one that was removed', async () => {
    await execute(database.dataSource, 'DELETE FROM audit WHERE id = 700');
    expect((await verify()).broken).toMatchObject({ id: 701 });
  });

  it('names the end when the last rows were removed', async () => {
    await execute(database.dataSource, 'DELETE FROM audit WHERE id > 2340');
    expect((await verify()).broken).toEqual({
      id: undefined,
      reason: `there are 2340 rows, and there should be ${ROWS}`,
    });
  });

  it('names a row that was inserted', async () => {
    await execute(database.dataSource, 'DELETE FROM audit WHERE id = 900');
    const planted = ['a', 'b', '{}', '', ''];
    await insertRows(database.dataSource, 'audit', ['id', ...COLUMNS], [[900, 1, ...planted]]);
    expect((await verify()).broken).toMatchObject({ id: 900 });
  });

  it('finds a chain that somebody wrote anew from one row on, by a hash that was noted elsewhere', async () => {
    await execute(database.dataSource, 'TRUNCATE TABLE audit');
    const content = { atMs: 1, operatorId: 'eve', action: 'tier-set', detail: '{}' };
    const head = withAuditRow(sha256, EMPTY_AUDIT, content);
    await insertRows(database.dataSource, 'audit', COLUMNS, [
      [1, 'eve', 'tier-set', '{}', EMPTY_AUDIT.hash, head.hash],
    ]);
    await execute(database.dataSource, 'UPDATE audit_head SET length = 1, hash = ?', [head.hash]);
    expect((await verify()).broken).toBeUndefined();
    expect((await verify(hashes[0])).broken).toMatchObject({ id: undefined });
  });
});
