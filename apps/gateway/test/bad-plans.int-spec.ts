import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedis, type RedisClient } from '@floodgate/adapters/redis';
import {
  BUILT_IN_SNAPSHOT,
  contentOf,
  type Plan,
  type PlanSnapshot,
  REFERENCE_PLAN,
} from '@floodgate/domain/degradation-plan';
import { newKeyPair, planKeys, PlanFollower, sha256, signSnapshot } from '@floodgate/nest-kit';
import { startRedis, type TestRedisServer, until } from '@floodgate/testing';
import { CampaignCache } from '../src/campaign-cache';
import { timedSale } from './sample-campaigns';
import { granted, StubServices } from './stub-services';
import { bearer, POLICY_KEYS, startGateway, type TestGateway } from './test-gateway';

const MINUTE_MS = 60_000;
const NOBODY_LISTENS = 'redis://127.0.0.1:1';
const { tier2 } = REFERENCE_PLAN;

const dropping = (browse: number): Plan => ({
  ...REFERENCE_PLAN,
  tier2: { ...tier2, serverDrop: { ...tier2.serverDrop, shares: { pay: 0, grab: 0, qualify: 0, browse } } },
});

/** A plan that drops this share of those who browse, its tier 2 on for the sale. */
function snapshotOf(version: number, browse: number): PlanSnapshot {
  const tier = {
    campaignId: 'sale',
    tier: 2 as const,
    fromMs: Date.now() - 10_000,
    untilMs: Date.now() + 60 * MINUTE_MS,
  };
  const content = { planNo: version, plan: dropping(browse), tiers: [tier] };
  return { ...BUILT_IN_SNAPSHOT, ...content, version, hash: sha256(contentOf(content)), issuedAtMs: Date.now() };
}

const signed = (snapshot: PlanSnapshot, key = POLICY_KEYS.signingKey) => JSON.stringify(signSnapshot(snapshot, key));

describe('a plan that is not to be believed', () => {
  const services = new StubServices();
  let server: TestRedisServer;
  let redis: RedisClient;
  let gateway: TestGateway;

  beforeAll(async () => {
    services.campaigns = [
      timedSale('sale', { openForMs: 10_000 }),
      timedSale('in-4', { openForMs: -4 * MINUTE_MS }),
      timedSale('in-10', { openForMs: -10 * MINUTE_MS }),
    ];
    services.onGrab = (grab) => granted(grab);
    await services.start();
    // Its own: on one that is shared, other tests' gateways hear what is pushed here, and this one what is pushed there.
    server = await startRedis();
    redis = createRedis(server.url, { commandTimeout: 60_000 });
    await redis.connect();
  });
  afterAll(async () => {
    redis.disconnect();
    services.kill();
    await server.stop();
  });
  afterEach(() => gateway.close());

  /** A gateway that has this on its disk. */
  const start = async (onDisk: string, redisUrl = server.url) => {
    const stateDir = await mkdtemp(join(tmpdir(), 'gateway-bad-plans-'));
    await writeFile(join(stateDir, 'plan-snapshot.json'), onDisk);
    gateway = await startGateway(services, redisUrl, { STATE_DIR: stateDir });
    await until('campaigns are known', () => gateway.app.get(CampaignCache).peek('sale') !== undefined);
  };
  const push = (text: string) => redis.publish(planKeys().channel, text);
  const refusals = async (reason: string): Promise<number> => {
    const { body } = await gateway.app.inject('/metrics');
    const line = new RegExp(`^floodgate_plan_snapshots_refused_total\\{[^}]*reason="${reason}"[^}]*\\} (\\d+)$`, 'm');
    return Number(line.exec(body)?.[1] ?? 0);
  };
  const notice = async () =>
    (await gateway.app.inject('/health/ready')).json<{ notices: Record<string, string> }>().notices['plan'];
  const tierOf = async (campaignId: string) =>
    (await gateway.app.inject(`/policy?campaignId=${campaignId}`)).json<{ policy: { tier: number } }>().policy.tier;
  const browsing = async (user: string) => {
    const answer = await gateway.app.inject({ url: '/campaigns/sale/cards', headers: bearer(user) });
    return answer.json<{ outcome: string }>().outcome;
  };

  it.each<[string, () => string, string]>([
    ['was signed by somebody else', () => signed(snapshotOf(21, 0), newKeyPair().signingKey), 'bad-signature'],
    ['is older than the one in force', () => signed(snapshotOf(19, 0)), 'older'],
    ['is cut off in the middle', () => signed(snapshotOf(21, 0)).slice(0, 200), 'unreadable'],
    ['is another one under the same version', () => signed(snapshotOf(20, 0)), 'conflict'],
    ['would drop who pays before who looks', () => signed(unsound()), 'unsound-plan'],
  ])(
    'because it %s leaves the last good one in force, is told in the metrics, and lets nobody in',
    async (_, bad, reason) => {
      // Everybody who browses is dropped; each of the bad ones would let everybody in.
      const good = snapshotOf(20, 1);
      await start(signed(good));
      const before = await refusals(reason);
      await until('it is refused', async () => {
        await push(bad());
        return (await refusals(reason)) > before;
      });
      expect(gateway.app.get(PlanFollower).snapshot).toEqual(good);
      for (const user of ['ann', 'bob', 'eve']) expect(await browsing(user)).toBe('DROPPED_BY_PLAN');
      const { body } = await gateway.app.inject('/metrics');
      expect(body).toMatch(/^floodgate_plan_version(\{[^}]*\})? 20$/m);
      expect(await notice()).toContain('20');
    },
  );

  it('on the disk of a gateway is not taken from there, and health says that none was ever received', async () => {
    await start(signed(snapshotOf(20, 1)).slice(0, 300));
    expect(gateway.app.get(PlanFollower).source).toBe('built-in');
    expect(await notice()).toContain('built-in');
    expect(await refusals('unreadable')).toBe(1);
  });

  it('is not what stands on disk: with plan service and Redis dead, a gateway that starts obeys it, and tier 1 comes on time', async () => {
    await start(signed(snapshotOf(20, 1)), NOBODY_LISTENS);
    expect(await browsing('ann')).toBe('DROPPED_BY_PLAN');
    expect([await tierOf('sale'), await tierOf('in-4'), await tierOf('in-10')]).toEqual([2, 1, 0]);
    expect(await notice()).toBe('version 20 from disk is in force: Redis has not confirmed it since the start');
  });
});

/** Signed as it should be, by a plan service that has gone mad. */
function unsound(): PlanSnapshot {
  const shares = { pay: 1, grab: 0, qualify: 0, browse: 0 };
  const plan = { ...REFERENCE_PLAN, tier2: { ...tier2, serverDrop: { ...tier2.serverDrop, shares } } };
  const content = { planNo: 21, plan, tiers: [] };
  return { ...BUILT_IN_SNAPSHOT, ...content, version: 21, hash: sha256(contentOf(content)), issuedAtMs: 1 };
}
