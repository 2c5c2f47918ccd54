import { type DataSource } from 'typeorm';
import { selectRows } from './sql';

/** The database's time, milliseconds since 1970. Throws when the database is away. */
export async function readDatabaseTimeMs(dataSource: DataSource): Promise<number> {
  const [row] = await selectRows<{ nowMs: string | number }>(
    dataSource,
    'SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS UNSIGNED) AS nowMs',
  );
  if (row === undefined) throw new Error('the database did not tell its time');
  return Number(row.nowMs);
}
