import { REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { createRedis, type RedisClient } from '@floodgate/adapters/redis';
import { DryRunFollower, dryRunKeys } from '@floodgate/nest-kit';
import { startRedis, type TestRedisServer, until } from '@floodgate/testing';
import { CampaignCache } from '../src/campaign-cache';
import { timedSale } from './sample-campaigns';
import { granted, StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

describe('a dry run in a gateway', () => {
  const services = new StubServices();
  let server: TestRedisServer;
  let redis: RedisClient;
  const keys = dryRunKeys();
  const dryRunId = `gateway-test-${process.pid}`;
  let gateway: TestGateway;

  beforeAll(async () => {
    services.campaigns = [timedSale('dry-sale', { openForMs: 10_000 })];
    services.onGrab = (grab) => granted(grab);
    await services.start();
    // Its own: on one that is shared, the gateways of other tests count as well.
    server = await startRedis();
    redis = createRedis(server.url, { commandTimeout: 60_000 });
    await redis.connect();
  });
  afterAll(async () => {
    redis.disconnect();
    await gateway.close();
    services.kill();
    await server.stop();
  });

  it('counts what a tier would shed, by route, and sheds nobody', async () => {
    const nowMs = Date.now();
    const run = {
      dryRunId,
      plan: REFERENCE_PLAN,
      tier: 2,
      campaignId: 'dry-sale',
      fromMs: nowMs - 60_000,
      untilMs: nowMs + 3_600_000,
    };
    await redis.set(keys.current, JSON.stringify(run));
    gateway = await startGateway(services, server.url);
    await until('campaigns are known', () => gateway.app.get(CampaignCache).peek('dry-sale') !== undefined);
    await until('the dry run is on', () => gateway.app.get(DryRunFollower).isOn);
    const users = Array.from({ length: 100 }, (_, i) => `user-${i}`);
    for (const user of users) {
      const url = `/campaigns/dry-sale/pools/phones/grabs/${user}`;
      const grab = await gateway.app.inject({ method: 'PUT', url, headers: bearer(user) });
      expect(grab.json()).toMatchObject({ outcome: 'GRANTED' });
      await gateway.app.inject({ url, headers: bearer(user) });
      await gateway.app.inject({ url: '/campaigns/dry-sale/cards', headers: bearer(user) });
      await gateway.app.inject('/campaigns/dry-sale/venue');
    }
    const counts = await until('all are counted', async () => {
      const [text] = await redis.hvals(keys.counts(dryRunId));
      const told = JSON.parse(text ?? '{}') as Record<string, { requests: number; dropped: number }>;
      return told['venue']?.requests === users.length && told;
    });
    expect(Object.keys(counts).sort()).toEqual(['cards', 'grab', 'venue']);
    expect(counts['grab']?.requests).toBe(users.length);
    const dropped = ['grab', 'cards', 'venue'].map((api) => counts[api]?.dropped ?? 0);
    // 30 and 50 of 100, as many as the draw of this window has it; nobody is dropped at the venue.
    expect(dropped[0]).toBeGreaterThan(10);
    expect(dropped[1]).toBeGreaterThan(dropped[0] ?? 0);
    expect(dropped[2]).toBe(0);
  });
});
