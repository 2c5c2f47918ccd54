import { createDataSource, selectRows } from '@floodgate/adapters/mysql';
import { type DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { z } from 'zod';
import { loadConfig, mysqlShape } from './config';

/**
 * The whole of a service's migrate.ts: applies what is missing with the schema owner's account, which the running service
 * does not have, and prints what it did.
 */
export async function runMigrations(app: string, migrations: (new () => MigrationInterface)[]): Promise<void> {
  const config = loadConfig(z.object({ MYSQL_OWNER_URL: mysqlShape.MYSQL_URL }));
  await applyMigrations(app, config.MYSQL_OWNER_URL, migrations);
}

/** For a service with more than one schema: applies what is missing at `ownerUrl` and prints it. A failure: exit code 1. */
export async function applyMigrations(
  schema: string,
  ownerUrl: string,
  migrations: (new () => MigrationInterface)[],
): Promise<void> {
  const dataSource = createDataSource({ url: ownerUrl, poolSize: 2, migrations });
  try {
    await dataSource.initialize();
    const lock = await lockSchema(dataSource);
    const applied = await dataSource.runMigrations({ transaction: 'none' }).finally(() => lock.release());
    process.stdout.write(
      `${schema}: ${applied.length === 0 ? 'schema is up to date' : `applied ${applied.length} migrations`}\n`,
    );
  } catch (error) {
    process.stderr.write(`${schema}: migration failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

const LOCK_WAIT_S = 300;

/**
 * Pods of one release migrate at the same time and would run the same statements; whoever comes second waits and finds
 * nothing to do. The lock belongs to the connection, so that it goes with a killed process.
 */
async function lockSchema(dataSource: DataSource): Promise<QueryRunner> {
  const runner = dataSource.createQueryRunner();
  const [row] = await selectRows<{ isLocked: number | string | null }>(
    runner.manager,
    "SELECT GET_LOCK(CONCAT('migrate:', DATABASE()), ?) AS isLocked",
    [LOCK_WAIT_S],
  );
  if (Number(row?.isLocked) !== 1) throw new Error(`somebody else has been migrating for ${LOCK_WAIT_S} s`);
  return runner;
}
