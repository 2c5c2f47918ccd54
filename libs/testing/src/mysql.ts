import { randomBytes } from 'node:crypto';
import { createDataSource } from '@floodgate/adapters/mysql';
import { type DataSource, type MigrationInterface } from 'typeorm';
import { SERVERS } from './servers';

export interface TestDatabase {
  readonly dataSource: DataSource;
  readonly url: string;
  readonly name: string;
  drop(): Promise<void>;
}

/** A database of this suite's own on the real server, or on another one, with the given migrations applied. Drop it in afterAll. */
export async function createTestDatabase(
  migrations: (new () => MigrationInterface)[],
  adminUrl = SERVERS.mysqlAdminUrl,
): Promise<TestDatabase> {
  const name = `fgtest_${randomBytes(6).toString('hex')}`;
  const admin = createDataSource({ url: adminUrl, poolSize: 1 });
  await admin.initialize();
  await admin.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  const url = `${adminUrl.replace(/\/$/, '')}/${name}`;
  const dataSource = createDataSource({ url, poolSize: 20, migrations });
  await dataSource.initialize();
  await dataSource.runMigrations({ transaction: 'none' });
  return {
    dataSource,
    url,
    name,
    async drop() {
      await dataSource.destroy();
      await admin.query(`DROP DATABASE ${name}`);
      await admin.destroy();
    },
  };
}
