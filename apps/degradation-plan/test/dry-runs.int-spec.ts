import { isShed, type Plan, REFERENCE_PLAN, type RouteForecast } from '@floodgate/domain/degradation-plan';
import { DryRunFollower } from '@floodgate/nest-kit';
import { MemoryLog, until } from '@floodgate/testing';
import { startPlanService, type TestPlanService } from './test-plan-service';

const EVERYBODY = Array.from({ length: 2_000 }, (_, index) => `user-${index}`);
const PLAN: Plan = { ...REFERENCE_PLAN, title: 'to be rehearsed' };

let service: TestPlanService;
const followers: DryRunFollower[] = [];

beforeAll(async () => {
  service = await startPlanService();
  for (const instanceId of ['gateway-1', 'gateway-2']) {
    const follower = new DryRunFollower({
      redis: service.redis,
      instanceId,
      log: new MemoryLog(),
      keys: service.dryRuns,
      everyMs: 20,
    });
    followers.push(follower);
    follower.start();
  }
});

afterAll(async () => {
  await Promise.all(followers.map((follower) => follower.stop()));
  await service.stop();
});

describe('a dry run', () => {
  it('counts at every gateway what the plan would shed, by route and priority, and sheds nothing', async () => {
    const { body: drafted } = await service.ask('POST', '/plans', 'ada', { plan: PLAN });
    const url = `/plans/${drafted['planNo'] as number}/dry-run`;
    const wanted = { campaignId: 'c1', tier: 2, seconds: 60 };
    const { status, body: run } = await service.ask('POST', url, 'ada', wanted);
    expect(status).toBe(200);
    expect(run).toMatchObject({ outcome: 'OK', planNo: drafted['planNo'], hash: drafted['hash'] });
    expect(await service.ask('POST', url, 'bob', wanted)).toMatchObject({ status: 409 });
    await until('both gateways', () => followers.every((follower) => follower.isOn));

    const nowMs = (run['untilMs'] as number) - 30_000;
    const timeline = { campaignId: 'c1', t0Ms: nowMs + 3_600_000 };
    for (const [index, userId] of EVERYBODY.entries()) {
      followers[index % 2]?.count(timeline, 'grab', userId, nowMs);
      followers[index % 2]?.count(timeline, 'venue', userId, nowMs);
      followers[index % 2]?.count({ ...timeline, campaignId: 'c2' }, 'venue', userId, nowMs);
    }
    const report = await until('what was counted', async () => {
      const { body } = await service.ask('GET', `${url}/${run['dryRunId'] as string}`, 'ada');
      const routes = body['routes'] as RouteForecast[];
      return routes.reduce((sum, { requests }) => sum + requests, 0) === 2 * EVERYBODY.length && body;
    });
    const drop = { ...PLAN.tier2.serverDrop, anchorMs: timeline.t0Ms };
    const shed = (priority: 'grab' | 'browse') =>
      EVERYBODY.filter((userId) => isShed(drop, priority, userId, nowMs)).length;
    const routeOf = (api: string) => (report['routes'] as RouteForecast[]).find((route) => route.api === api);
    expect(report['instances']).toEqual(['gateway-1', 'gateway-2']);
    expect(routeOf('grab')).toMatchObject({ priority: 'grab', requests: 2_000, dropped: shed('grab'), overCap: 0 });
    expect(routeOf('venue')).toMatchObject({
      priority: 'browse',
      wouldBeShed: shed('browse'),
      share: shed('browse') / 2_000,
    });
    const { body: audit } = await service.ask('GET', '/audit?limit=1', 'ada');
    expect(audit['entries']).toMatchObject([{ action: 'dry-run', operatorId: 'ada', detail: { campaignId: 'c1' } }]);
    const { body: inForce } = await service.ask('GET', '/plans/current', 'ada');
    expect(inForce).toMatchObject({ planNo: 1 });
    // Its end.
    await service.redis.del(service.dryRuns.current);
    await until('the end', () => followers.every((follower) => !follower.isOn));
  });

  it.each([
    ['seconds', { campaignId: 'c1', tier: 2, seconds: 61 }],
    ['tier', { campaignId: 'c1', tier: 4, seconds: 1 }],
    ['campaignId', { campaignId: '../x', tier: 2, seconds: 1 }],
  ])('with a wrong %s is refused', async (field, body) => {
    expect(await service.ask('POST', '/plans/1/dry-run', 'ada', body)).toMatchObject({ status: 400, body: { field } });
  });
});
