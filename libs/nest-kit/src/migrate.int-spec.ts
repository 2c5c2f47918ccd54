import { createTestDatabase, type TestDatabase } from '@floodgate/testing';
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { applyMigrations } from './migrate';

/** Slow enough that all who migrate at once are in it together, were there no lock. */
class MakeThings1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SELECT SLEEP(0.3)');
    await runner.query('CREATE TABLE things (id INT PRIMARY KEY)');
  }

  down(): Promise<void> {
    throw new Error('migrations only go forward');
  }
}

describe('applyMigrations', () => {
  let database: TestDatabase;
  let said: string[];

  beforeEach(async () => {
    // Whatever ran in this process before.
    process.exitCode = undefined;
    database = await createTestDatabase([]);
    said = [];
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    }
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    process.exitCode = undefined;
    await database.drop();
  });

  it('lets one of many do the work, and the others find it done', async () => {
    await Promise.all(
      Array.from({ length: 5 }, () => applyMigrations('things', database.url, [MakeThings1764000000000])),
    );
    expect(said.sort()).toEqual([
      'things: applied 1 migrations\n',
      ...new Array<string>(4).fill('things: schema is up to date\n'),
    ]);
    expect(process.exitCode).toBeUndefined();
  });

  it('says in one line why it failed, and leaves with exit code 1', async () => {
    await database.dataSource.query('CREATE TABLE things (id INT PRIMARY KEY)');
    await applyMigrations('things', database.url, [MakeThings1764000000000]);
    expect(process.exitCode).toBe(1);
    expect(said.at(-1)).toMatch(/^things: migration failed: .*things.*exists.*\n$/);
  });
});
