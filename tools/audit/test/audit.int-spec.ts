import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventPublisher } from '@floodgate/adapters/kafka';
import { createDataSource } from '@floodgate/adapters/mysql';
import { TOPICS } from '@floodgate/contracts';
import { createTestDatabase, createTestTopic, SERVERS, type TestDatabase, type TestTopic } from '@floodgate/testing';
import { loadEnvironment, migrate, type StackEnvironment } from '@floodgate/tools/stack';
import { type DataSource } from 'typeorm';
import { type AuditOptions, type AuditReport, auditStores, type AuditSchemas } from '../src';
import { worldClientLog } from './world-client-log';
import { PARTITIONS, PEOPLE, writeWorldLog } from './world-log';
import { insertWorld } from './world-rows';

const SCHEMAS = ['activity', 'inventory', 'order', 'prizePayout', 'ledger', 'channel'] as const;

/** The real schemas, by the services' own migrations, in databases of this suite's own. */
async function migrateAll(databases: Record<keyof AuditSchemas, TestDatabase>): Promise<void> {
  const real = loadEnvironment('test');
  const app = (name: keyof StackEnvironment['apps'], migrationEnv: Record<string, string>) => ({
    [name]: { ...real.apps[name], migrationEnv },
  });
  const apps = {
    ...real.apps,
    ...app('activity', { MYSQL_OWNER_URL: databases.activity.url }),
    ...app('inventory', { MYSQL_OWNER_URL: databases.inventory.url }),
    ...app('order', { MYSQL_OWNER_URL: databases.order.url }),
    ...app('prize-payout', {
      MYSQL_OWNER_URL: databases.prizePayout.url,
      LEDGER_SCHEMA: databases.ledger.name,
      CHANNEL_MYSQL_OWNER_URL: databases.channel.url,
    }),
  };
  await migrate({ ...real, apps }, ['activity', 'inventory', 'order', 'prize-payout']);
}

describe('the audit of a small world', () => {
  const directory = mkdtempSync(join(tmpdir(), 'floodgate-audit-'));
  const clientLog = join(directory, 'clients.jsonl');
  const log = writeWorldLog();
  let databases: Record<keyof AuditSchemas, TestDatabase>;
  let schemas: AuditSchemas;
  let admin: DataSource;
  let topic: TestTopic<unknown>;
  let options: AuditOptions;
  const auditor = `fgtest_audit_${process.pid}`;

  const writeClientLog = (lines: readonly object[]) =>
    writeFileSync(clientLog, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

  const failed = ({ invariants }: AuditReport) => invariants.filter(({ ok }) => !ok);

  beforeAll(async () => {
    const made = await Promise.all(SCHEMAS.map(async (name) => [name, await createTestDatabase([])] as const));
    databases = Object.fromEntries(made) as typeof databases;
    schemas = Object.fromEntries(made.map(([name, database]) => [name, database.name])) as unknown as AuditSchemas;
    await migrateAll(databases);
    admin = createDataSource({ url: SERVERS.mysqlAdminUrl, poolSize: 1 });
    await admin.initialize();
    await admin.query(`CREATE USER '${auditor}'@'%' IDENTIFIED BY 'audit'`);
    for (const name of Object.values(schemas) as string[])
      await admin.query(`GRANT SELECT ON \`${name}\`.* TO '${auditor}'@'%'`);
    await insertWorld(admin, schemas, log.folded);
    topic = await createTestTopic<unknown>(TOPICS.stockLog.codec, PARTITIONS);
    await publish(topic, log.messages);
    writeClientLog(worldClientLog());
    const { host } = new URL(SERVERS.mysqlAdminUrl);
    options = {
      mysqlUrl: `mysql://${auditor}:audit@${host}`,
      kafkaBrokers: SERVERS.kafkaBrokers,
      schemas,
      stockLogTopic: topic.topic.name,
      clientLog,
    };
  });

  afterAll(async () => {
    await admin.query(`DROP USER '${auditor}'@'%'`);
    await admin.destroy();
    await Promise.all(Object.values(databases).map((database) => database.drop()));
    await topic.drop();
    rmSync(directory, { recursive: true });
  });

  async function publish({ kafka, topic: { name } }: TestTopic<unknown>, messages: typeof log.messages): Promise<void> {
    const publisher = new EventPublisher(kafka);
    await publisher.connect();
    await publisher.sendRaw(messages.map((message) => ({ topic: name, ...message })));
    await publisher.disconnect();
  }

  /** Audits with one table changed, and puts the table back. */
  async function auditAfter(schema: keyof AuditSchemas, table: string, statement: string): Promise<AuditReport> {
    const name = `${schemas[schema]}.${table}`;
    await admin.query(`CREATE TABLE ${name}_kept AS SELECT * FROM ${name}`);
    try {
      const { affectedRows } = await admin.query<{ affectedRows: number }>(statement.replace('TABLE', name));
      expect(affectedRows).toBe(1);
      return await auditStores(options);
    } finally {
      await admin.query(`DELETE FROM ${name}`);
      await admin.query(`INSERT INTO ${name} SELECT * FROM ${name}_kept`);
      await admin.query(`DROP TABLE ${name}_kept`);
    }
  }

  it('holds every invariant of a world in which all is well', async () => {
    const report = await auditStores(options);
    expect(failed(report)).toEqual([]);
    expect(report.invariants).toHaveLength(15);
    const details = Object.fromEntries(report.invariants.map(({ name, detail }) => [name, detail]));
    expect(details).toMatchObject({
      'no-unit-granted-twice': '11 grants in 2 pools',
      'no-user-twice': '8 people hold a unit of 2 pools',
      'stock-adds-up': '2 pools: 7 held + 8 free + 2 in transit + 1 withdrawn',
      'register-equals-fold': '11 rows, 11 grants in the log',
      'packets-sum-to-pool': '6 packets of 600 fen; 11 amounts in the register',
      'packets-sealed-before-t0': '1 pools sealed',
      'every-grant-has-its-order-or-payout': '6 orders, 5 payouts',
      'paid-order-is-collected': '3 paid orders',
      'no-open-promise-after-quiesce': 'payouts: 1 FAILED, 1 SENT, 3 SETTLED; orders: 1 CANCELLED, 2 EXPIRED, 3 PAID',
      'every-released-unit-is-free-or-granted-again': '1 granted again, 2 on sale',
      'clients-were-told-the-truth': '12 offered = 3 refused + 9 answered',
    });
    expect(details['ledger-equals-channel-statement']).toMatch(
      /COLLECT 4 of 400 fen, PAY 4 of \d+ fen, REFUND 1 of 100 fen, 1 on the way/,
    );
  });

  it('leaves out campaigns that it is not asked about, and clients when there is no log of theirs', async () => {
    const { clientLog: _, ...stores } = options;
    const report = await auditStores({ ...stores, campaignIds: ['sale'] });
    expect(failed(report)).toEqual([]);
    expect(report.invariants).toHaveLength(14);
    expect(report.invariants[0]?.detail).toBe('6 grants in 1 pools');
  });

  const { settled, alsoSettled, expired, paid, alsoPaid, closed, second } = PEOPLE;

  it.each<[string, keyof AuditSchemas, string, string]>([
    [
      'no-unit-granted-twice',
      'inventory',
      'unit_register',
      `UPDATE TABLE SET state = 'held' WHERE user_id = '${expired}'`,
    ],
    [
      'no-user-twice',
      'inventory',
      'unit_register',
      `UPDATE TABLE SET user_id = '${settled}' WHERE user_id = '${alsoSettled}'`,
    ],
    [
      'stock-adds-up',
      'activity',
      'campaigns',
      `UPDATE TABLE SET spec = REPLACE(spec, '"stock":12', '"stock":13') WHERE campaign_id = 'sale'`,
    ],
    ['register-equals-fold', 'inventory', 'unit_register', `DELETE FROM TABLE WHERE user_id = '${paid}'`],
    ['register-equals-fold', 'inventory', 'unit_register', `UPDATE TABLE SET grab_id = 'x' WHERE user_id = '${paid}'`],
    ['register-equals-fold', 'inventory', 'unit_register', `UPDATE TABLE SET unit_no = 9 WHERE user_id = '${paid}'`],
    [
      'packets-sum-to-pool',
      'inventory',
      'unit_register',
      `UPDATE TABLE SET amount_fen = amount_fen + 1 WHERE user_id = '${settled}'`,
    ],
    [
      'packets-sum-to-pool',
      'activity',
      'campaigns',
      `UPDATE TABLE SET spec = REPLACE(spec, '"totalFen":"600"', '"totalFen":"601"') WHERE campaign_id = 'split'`,
    ],
    [
      'packets-sealed-before-t0',
      'activity',
      'campaigns',
      `UPDATE TABLE SET seals = REPLACE(seals, '"commitment":"', '"commitment":"0') WHERE campaign_id = 'split'`,
    ],
    [
      'ledger-balances-to-zero',
      'ledger',
      'transfers',
      `UPDATE TABLE SET credit_account = 'nowhere' WHERE transfer_id = 'income:o-${paid}'`,
    ],
    ['ledger-equals-balances', 'prizePayout', 'account_balances', `UPDATE TABLE SET balance_fen = balance_fen + 1`],
    [
      'ledger-equals-channel-statement',
      'channel',
      'channel_entries',
      `UPDATE TABLE SET amount_fen = amount_fen + 1 WHERE number = 'p-${settled}'`,
    ],
    [
      'ledger-equals-channel-statement',
      'channel',
      'channel_entries',
      `DELETE FROM TABLE WHERE number = 'p-${settled}'`,
    ],
    [
      'ledger-equals-channel-statement',
      'ledger',
      'transfers',
      `DELETE FROM TABLE WHERE transfer_id = 'income:o-${paid}'`,
    ],
    [
      'pool-never-overdrawn',
      'ledger',
      'transfers',
      `UPDATE TABLE SET created_at_ms = 3500 WHERE transfer_id = 'fund:split:cash'`,
    ],
    [
      'every-grant-has-its-order-or-payout',
      'prizePayout',
      'payouts',
      `UPDATE TABLE SET user_id = 'x' WHERE user_id = '${settled}'`,
    ],
    ['every-grant-has-its-order-or-payout', 'prizePayout', 'payouts', `DELETE FROM TABLE WHERE user_id = '${settled}'`],
    ['every-grant-has-its-order-or-payout', 'order', 'orders', `DELETE FROM TABLE WHERE user_id = '${expired}'`],
    [
      'every-grant-has-its-order-or-payout',
      'order',
      'orders',
      `UPDATE TABLE SET unit_no = 9 WHERE user_id = '${paid}'`,
    ],
    [
      'paid-order-is-collected',
      'channel',
      'channel_entries',
      `UPDATE TABLE SET user_id = 'x' WHERE number = 'o-${paid}'`,
    ],
    ['paid-order-is-collected', 'order', 'payments', `DELETE FROM TABLE WHERE order_id = 'o-${alsoPaid}'`],
    [
      'no-open-promise-after-quiesce',
      'order',
      'orders',
      `UPDATE TABLE SET state = 'PENDING' WHERE user_id = '${closed}'`,
    ],
    [
      'no-open-promise-after-quiesce',
      'prizePayout',
      'payouts',
      `UPDATE TABLE SET state = 'BOOKED' WHERE user_id = '${settled}'`,
    ],
    [
      'every-released-unit-is-free-or-granted-again',
      'order',
      'orders',
      `UPDATE TABLE SET state = 'EXPIRED' WHERE user_id = '${second}'`,
    ],
  ])('%s alone turns red over one row of %s.%s: %s', async (name, schema, table, statement) => {
    const report = await auditAfter(schema, table, statement);
    expect(failed(report).map((one) => one.name)).toEqual([name]);
    expect(report.ok).toBe(false);
    expect(failed(report)[0]?.detail).toMatch(/^[1-5] wrong: /);
  });

  type Line = Record<string, unknown>;

  it.each<[string, (line: Line) => Line[]]>([
    ['a grab that was never answered', (line) => (line['kind'] === 'answered' ? [] : [line])],
    ['a grab that was answered twice', (line) => (line['kind'] === 'answered' ? [line, line] : [line])],
    ['another unit than the granted one', (line) => [line['kind'] === 'answered' ? { ...line, unitNo: 8 } : line]],
    ['another amount', (line) => [line['kind'] === 'answered' ? { ...line, amountFen: 99 } : line]],
    ['a word that is not in the list', (line) => [line['kind'] === 'answered' ? { ...line, outcome: 'MAYBE' } : line]],
    ['sold out to a holder', (line) => [line['kind'] === 'answered' ? { ...line, outcome: 'SOLD_OUT_FOR_NOW' } : line]],
    ['a grant to somebody who has none', (line) => [{ ...line, userId: closed }]],
  ])('clients-were-told-the-truth alone turns red over %s', async (_, corrupt) => {
    try {
      const lines = worldClientLog() as Line[];
      writeClientLog(lines.flatMap((line) => (line['grabId'] === `g-${paid}` ? corrupt(line) : [line])));
      expect(failed(await auditStores(options)).map(({ name }) => name)).toEqual(['clients-were-told-the-truth']);
    } finally {
      writeClientLog(worldClientLog());
    }
  });
});
