import { createDataSource, selectRows } from '@floodgate/adapters/mysql';
import { activityV1 } from '@floodgate/contracts';
import { ListSubject, type RiskListing, SetFrequencyRules, UnlistSubject } from '@floodgate/domain/activity';
import { createTestDatabase } from '@floodgate/testing';
import { type DataSource } from 'typeorm';
import { MysqlFrequencyRuleBook } from '../src/adapters/mysql-frequency-rule-book';
import { MysqlRiskList } from '../src/adapters/mysql-risk-list';
import { RiskController } from '../src/grpc/risk.controller';
import { migrations } from '../src/migrations';

describe('the blacklist and the frequency rules, on MySQL', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let dataSource: DataSource;
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs };

  beforeAll(async () => {
    database = await createTestDatabase(migrations);
    dataSource = createDataSource({ url: database.url, poolSize: 20 });
    await dataSource.initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });
  beforeEach(async () => {
    nowMs = 1_000_000;
    for (const table of ['risk_list', 'risk_list_audit', 'frequency_rules'])
      await dataSource.query(`DELETE FROM ${table}`);
  });

  const listing = (subject: string, more: Partial<RiskListing> = {}): RiskListing => ({
    kind: 'user',
    subject,
    reason: 'a bot',
    listedBy: 'op',
    listedAtMs: nowMs,
    expiresAtMs: nowMs + 60_000,
    ...more,
  });
  const exact = { atLeast: false };
  const versionNow = async (list: MysqlRiskList) => (await list.changesAfter(0)).version;
  const auditOf = (subject: string) =>
    selectRows(
      dataSource,
      `SELECT action, reason, done_by AS doneBy, expires_at_ms AS expiresAtMs FROM risk_list_audit
       WHERE subject = ? ORDER BY version`,
      [subject],
    );

  it('tells each change once, in order, and who was taken off as expired', async () => {
    const list = new MysqlRiskList(dataSource);
    const from = await versionNow(list);
    await list.put(listing('u1'), exact);
    await list.put(listing('d1', { kind: 'device' }), exact);
    const { changes, version, more } = await list.changesAfter(from);
    expect(changes).toEqual([listing('u1'), listing('d1', { kind: 'device' })]);
    expect(more).toBe(false);
    expect((await list.changesAfter(version)).changes).toEqual([]);
    expect(await list.remove({ kind: 'user', subject: 'u1' }, { reason: 'sorry', by: 'op2', nowMs })).toBe(true);
    expect((await list.changesAfter(version)).changes).toEqual([listing('u1', { expiresAtMs: nowMs })]);
    expect(await list.remove({ kind: 'user', subject: 'u1' }, { reason: 'sorry', by: 'op2', nowMs })).toBe(false);
    expect(await auditOf('u1')).toEqual([
      { action: 'LIST', reason: 'a bot', doneBy: 'op', expiresAtMs: nowMs + 60_000 },
      { action: 'UNLIST', reason: 'sorry', doneBy: 'op2', expiresAtMs: nowMs },
    ]);
  });

  it('lets a program lengthen a listing and never shorten one; a person does both', async () => {
    const list = new MysqlRiskList(dataSource);
    await list.put(listing('u1'), exact);
    const shorter = listing('u1', { reason: 'too often', listedBy: 'gateway', expiresAtMs: nowMs + 1_000 });
    expect(await list.put(shorter, { atLeast: true })).toEqual(listing('u1'));
    const longer = { ...shorter, expiresAtMs: nowMs + 90_000 };
    expect(await list.put(longer, { atLeast: true })).toEqual(longer);
    expect(await list.put(shorter, exact)).toEqual(shorter);
    expect(await auditOf('u1')).toHaveLength(3);
  });

  it('hands out many changes in pieces, none twice and none left out, while others write', async () => {
    const list = new MysqlRiskList(dataSource, 7);
    const from = await versionNow(new MysqlRiskList(dataSource));
    const subjects = Array.from({ length: 60 }, (_, i) => `u${i}`);
    const heard: string[] = [];
    let version = from;
    let writing = true;
    const reader = (async () => {
      for (let goOn = true; goOn;) {
        // What was written last may come after an answer that was asked for before.
        const asked = writing;
        const answer = await list.changesAfter(version);
        heard.push(...answer.changes.map(({ subject }) => subject));
        ({ version } = answer);
        goOn = asked || answer.more;
      }
    })();
    await Promise.all(subjects.map((subject) => list.put(listing(subject), exact)));
    writing = false;
    await reader;
    expect(heard.sort()).toEqual([...subjects].sort());
  });

  describe('over gRPC', () => {
    const controllerOf = () => {
      const list = new MysqlRiskList(dataSource);
      const book = new MysqlFrequencyRuleBook(dataSource);
      return new RiskController(
        new ListSubject(list, clock),
        new UnlistSubject(list, clock),
        new SetFrequencyRules(book, clock),
        list,
        book,
      );
    };
    const request = activityV1.ListSubjectRequest.fromPartial({
      kind: 'network',
      subject: '203.0.113.0/24',
      reason: 'a farm',
      listedBy: 'op',
      forMs: '60000',
    });

    it('lists, tells, and takes off again', async () => {
      const controller = controllerOf();
      const { version: afterVersion } = await controller.changes({ afterVersion: '0' });
      expect(await controller.list(request)).toEqual({ expiresAtMs: String(nowMs + 60_000) });
      const told = { kind: 'network', subject: '203.0.113.0/24', reason: 'a farm' };
      expect((await controller.changes({ afterVersion })).changes).toEqual([
        { ...told, expiresAtMs: String(nowMs + 60_000) },
      ]);
      nowMs += 5;
      const { kind, subject } = request;
      await controller.unlist({ kind, subject, reason: 'over', unlistedBy: 'op' });
      expect((await controller.changes({ afterVersion })).changes).toEqual([{ ...told, expiresAtMs: String(nowMs) }]);
    });

    it('refuses what is no subject and who is nobody', async () => {
      const controller = controllerOf();
      await expect(controller.list({ ...request, subject: 'x' })).rejects.toMatchObject({ field: 'subject' });
      await expect(controller.list({ ...request, listedBy: '' })).rejects.toMatchObject({ outcome: 'INVALID_REQUEST' });
    });

    it('tells the rules that were set last, and version 0 before any', async () => {
      const controller = controllerOf();
      expect(await controller.changes({ afterVersion: '0' })).toMatchObject({ rulesVersion: '0', rules: [] });
      const rule = { api: 'grab', by: 'user', perMs: 10_000, max: 20 };
      const first = await controller.setRules({ operatorId: 'op', rules: [rule] });
      const second = await controller.setRules({ operatorId: 'op', rules: [{ ...rule, max: 5 }] });
      expect(Number(second.version)).toBeGreaterThan(Number(first.version));
      expect(await controller.changes({ afterVersion: '0' })).toMatchObject({
        rulesVersion: second.version,
        rules: [{ ...rule, max: 5 }],
      });
    });
  });
});
