import { createDataSource } from '@floodgate/adapters/mysql';
import { type MigrationInterface } from 'typeorm';
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
  const dataSource = createDataSource({ url: ownerUrl, poolSize: 1, migrations });
  try {
    await dataSource.initialize();
    const applied = await dataSource.runMigrations({ transaction: 'none' });
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
