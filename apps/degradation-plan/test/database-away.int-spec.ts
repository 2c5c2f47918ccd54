import { degradationPlanV1, TOPICS } from '@floodgate/contracts';
import { callUnary, createGrpcClient } from '@floodgate/nest-kit';
import { createTestDatabase, startMysql, type TestDatabase, type TestMysqlServer, until } from '@floodgate/testing';
import { migrations } from '../src/migrations';
import { startPlanService, type TestPlanService } from './test-plan-service';

const HOUR = 3_600_000;

describe('a service whose MySQL is dead when it starts', () => {
  let mysql: TestMysqlServer;
  let database: TestDatabase;
  let service: TestPlanService;

  beforeAll(async () => {
    mysql = await startMysql();
    database = await createTestDatabase(migrations, mysql.adminUrl);
    await mysql.kill();
    service = await startPlanService({ MYSQL_URL: database.url });
  });

  afterAll(async () => {
    await service.stop();
    await database.drop();
    await mysql.stop();
  });

  const readiness = async () => {
    const answer = await service.inject({ method: 'GET', url: '/health/ready' });
    const { checks } = answer.json<{ checks: Record<string, string> }>();
    return { status: answer.statusCode, mysql: checks['mysql'] };
  };
  const getPlan = async () => {
    const { DegradationPlanServiceClient } = degradationPlanV1;
    const client = createGrpcClient(DegradationPlanServiceClient, `127.0.0.1:${service.config.GRPC_PORT}`);
    try {
      return await callUnary(client, client.getPlan, { knownVersion: '0' }, 30_000);
    } finally {
      client.close();
    }
  };

  it('starts all the same, says so, and asks everybody to wait', async () => {
    const { status, mysql: said } = await readiness();
    expect({ status, isOk: said === 'ok' }).toEqual({ status: 503, isOk: false });
    expect((await service.inject({ method: 'GET', url: '/health/live' })).statusCode).toBe(200);
    await expect(getPlan()).rejects.toMatchObject({ outcome: 'WAIT', pollAfterMs: 2_000 });
    // Operators are not told that something is on its way.
    const change = await service.ask('POST', '/tiers', 'ada', { campaignId: 'c1', tier: 2 });
    expect(change).toMatchObject({ status: 503, body: { outcome: 'TRY_LATER' } });
  });

  it('comes to life with it: requests, jobs and consumers', async () => {
    await mysql.start();
    await until('readiness', async () => (await readiness()).status === 200);
    expect(await getPlan()).toMatchObject({ version: '2' });
    const t0Ms = Date.now() + HOUR;
    const message = TOPICS.campaignPublished.codec.fromJSON({
      eventId: 'e1',
      campaignId: 'c1',
      campaign: { campaignId: 'c1', timeline: { opensAtMs: String(t0Ms), settleByMs: String(t0Ms + HOUR) } },
    });
    await service.publisher.publish(service.campaignPublished, [{ key: 'op', message }]);
    await until('the event', async () => {
      const { body: answer } = await service.ask('GET', '/campaigns', 'ada');
      return (answer['campaigns'] as unknown[]).length === 1;
    });
    const { body } = await service.ask('POST', '/tiers', 'ada', { campaignId: 'c1', tier: 2 });
    const follower = await service.follow('late');
    await until('the push', () => follower.snapshot.version === body['version']);
  });

  it('asks to wait when it dies later, and goes on when it is back', async () => {
    await mysql.kill();
    await expect(getPlan()).rejects.toMatchObject({ outcome: 'WAIT' });
    await mysql.start();
    await until('an answer', () =>
      getPlan().then(
        (plan) => plan.version !== '',
        () => false,
      ),
    );
  });
});
