import { SERVERS } from '@floodgate/testing';
import { type DataSource } from 'typeorm';
import { createDataSource } from './data-source';
import { selectRows, type Sql } from './sql';
import { inTransaction } from './transaction';

interface Variable {
  readonly Variable_name: string;
  readonly Value: string;
}

// MySQL names it transaction_isolation, MariaDB 10 tx_isolation.
async function levelOf(sql: Sql): Promise<string | undefined> {
  const rows = await selectRows<Variable>(sql, `SHOW SESSION VARIABLES LIKE '%x%isolation'`);
  return rows.map(({ Value }) => Value)[0];
}

async function statementsSent(sql: Sql): Promise<number> {
  const [row] = await selectRows<Variable>(sql, `SHOW SESSION STATUS LIKE 'Questions'`);
  return Number(row?.Value);
}

describe('a transaction', () => {
  let admin: DataSource;
  let service: DataSource;

  beforeAll(async () => {
    admin = await createDataSource({ url: SERVERS.mysqlAdminUrl, poolSize: 1 }).initialize();
    service = createDataSource({ url: SERVERS.mysqlAdminUrl, poolSize: 1 });
  });

  afterAll(async () => {
    await service.destroy();
    await admin.destroy();
  });

  it('is REPEATABLE READ whatever the server has as its default', async () => {
    await admin.query('SET GLOBAL TRANSACTION ISOLATION LEVEL READ COMMITTED');
    try {
      await service.initialize();
    } finally {
      await admin.query('SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    }
    expect(await inTransaction(service, levelOf)).toBe('REPEATABLE-READ');
  });

  it('costs two statements beside its own, three at another level', async () => {
    // The second look is counted too.
    const beside = async (run: () => Promise<unknown>) => {
      const before = await statementsSent(service);
      await run();
      return (await statementsSent(service)) - before - 1;
    };
    expect(await beside(() => inTransaction(service, () => Promise.resolve()))).toBe(2);
    expect(await beside(() => inTransaction(service, () => Promise.resolve(), 'READ COMMITTED'))).toBe(3);
  });
});
