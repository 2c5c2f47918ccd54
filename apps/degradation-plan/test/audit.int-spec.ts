import { selectRows } from '@floodgate/adapters/mysql';
import { AuditWalk } from '@floodgate/domain/degradation-plan';
import { sha256 } from '@floodgate/nest-kit';
import { startPlanService, type TestPlanService } from './test-plan-service';

let service: TestPlanService;

beforeAll(async () => {
  service = await startPlanService();
});

afterAll(() => service.stop());

describe('the audit', () => {
  it('is one chain, whoever writes at the same time, from what a migration noted on', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        service.ask('POST', '/tiers', `op-${index}`, { campaignId: `c${index % 3}`, tier: 2 }),
      ),
    );
    const rows = await selectRows<never>(
      service.sql,
      `SELECT id, at_ms AS atMs, operator_id AS operatorId, action, detail, previous_hash AS previousHash, hash
       FROM audit ORDER BY id`,
    );
    const [head] = await selectRows<never>(service.sql, 'SELECT length, hash FROM audit_head');
    expect(rows[0]).toMatchObject({ operatorId: 'floodgate', action: 'plan-completed' });
    expect(rows.length).toBeGreaterThanOrEqual(13);
    const walk = new AuditWalk(sha256);
    expect(rows.map((row) => walk.next(row)).filter(Boolean)).toEqual([]);
    expect(walk.end(head as never)).toBeUndefined();
    const { body } = await service.ask('GET', '/audit?limit=1', 'ada');
    expect((body['entries'] as { hash: string }[])[0]?.hash).toBe(walk.head.hash);
  });
});
