import { createPool, type Pool, type PoolOptions } from 'mysql2';
import { DataSource, type MigrationInterface } from 'typeorm';

export interface MysqlOptions {
  /** mysql://user:password@host:port/database */
  readonly url: string;
  readonly poolSize: number;
  /** A caller that waits longer for a connection than this many others is refused at once. */
  readonly queueMax?: number;
  readonly migrations?: (new () => MigrationInterface)[];
}

/** What a transaction is unless it says otherwise, whatever the server's own default. Said once a session, where TypeORM would say it before each. */
const ISOLATION = 'REPEATABLE READ';

const driver = {
  createPool(options: PoolOptions): Pool {
    const pool = createPool(options);
    // Sent ahead of whatever the connection was made for.
    pool.on('connection', (connection) => {
      connection.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${ISOLATION}`, (error) => {
        if (error !== null) connection.destroy();
      });
    });
    return pool;
  },
};

/**
 * A TypeORM data source over mysql2 without entities: statements are written by hand, tables come from migrations alone.
 * Numbers beyond 2^53 and DECIMALs arrive as strings; BIGINT arrives as a number where it is safe.
 */
export function createDataSource(options: MysqlOptions): DataSource {
  return new DataSource({
    type: 'mysql',
    driver,
    url: options.url,
    poolSize: options.poolSize,
    synchronize: false,
    migrationsRun: false,
    migrations: options.migrations ?? [],
    migrationsTableName: 'schema_migrations',
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: false,
    extra: {
      connectionLimit: options.poolSize,
      queueLimit: options.queueMax ?? 1_000,
      waitForConnections: true,
      enableKeepAlive: true,
      connectTimeout: 5_000,
    },
  });
}
