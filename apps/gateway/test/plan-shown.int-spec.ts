import { type EffectivePolicy, type ManualTier, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { SERVERS, until } from '@floodgate/testing';
import { CampaignCache } from '../src/campaign-cache';
import { stateDirWith } from './plan-on-disk';
import { cardSplit, timedSale } from './sample-campaigns';
import { StubServices } from './stub-services';
import { startGateway, type TestGateway } from './test-gateway';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const { tier1 } = REFERENCE_PLAN;

describe('what people are shown of the plan', () => {
  const services = new StubServices();
  let gateway: TestGateway;

  const start = async (tiers: readonly Omit<ManualTier, 'fromMs' | 'untilMs'>[] = []) => {
    const stateDir = await stateDirWith({}, tiers);
    gateway = await startGateway(services, SERVERS.redisUrl, { STATE_DIR: stateDir });
    await until('campaigns are known', () => gateway.app.get(CampaignCache).peek('past') !== undefined);
  };
  const get = async <T>(url: string) => (await gateway.app.inject(url)).json<T>();
  const policyOf = async (campaignId: string) =>
    (await get<{ policy: EffectivePolicy }>(`/policy?campaignId=${campaignId}`)).policy;
  const t0Of = async (campaignId: string) => (await policyOf(campaignId)).t0Ms;

  beforeAll(async () => {
    services.campaigns = [
      timedSale('now', { openForMs: 10_000 }),
      cardSplit('split', { openForMs: 10_000 }),
      timedSale('past', { openForMs: HOUR_MS }),
    ];
    await services.start();
  });
  afterAll(() => services.kill());
  afterEach(() => gateway.close());

  it('is a reduced page while tier 1 lasts, and the whole page at other times', async () => {
    await start();
    const isReduced = async (id: string) => (await get<{ reduced: boolean }>(`/campaigns/${id}/venue`)).reduced;
    expect([await isReduced('now'), await isReduced('split'), await isReduced('past')]).toEqual([true, true, false]);
  });

  it('is no entry for whoever is signed out, a countdown to a moment of their own for others, and neither at other times', async () => {
    await start();
    const { entry, t0Ms } = await policyOf('now');
    expect(entry).toEqual({ fromMs: t0Ms, releaseOverMs: MINUTE_MS, countdown: true, hiddenFromSignedOut: true });
    expect((await policyOf('past')).entry).toMatchObject({ countdown: false, hiddenFromSignedOut: false });
    // The page hides it; who asks all the same is told to sign in.
    expect(await get('/campaigns/now/entry')).toMatchObject({ outcome: 'SIGNED_OUT' });
  });

  it('is a longer time between questions the higher the tier, and a share to hold back at tier 3 alone', async () => {
    await start([
      { campaignId: 'now', tier: 2 },
      { campaignId: 'split', tier: 3 },
    ]);
    const [second, third, none] = [await policyOf('now'), await policyOf('split'), await policyOf('past')];
    expect([none.pollIntervalMs, second.pollIntervalMs, third.pollIntervalMs]).toEqual([3_000, 5_000, 10_000]);
    expect([none, second, third].map(({ clientDrop }) => clientDrop.shares.browse)).toEqual([0, 0, 0.5]);
    // Tiers add up: what 1 does, 2 and 3 do.
    for (const policy of [second, third]) {
      expect(policy).toMatchObject({ caps: tier1.caps, pageReduced: true, reissue: 'off' });
      expect(policy.serverDrop.shares).toEqual(REFERENCE_PLAN.tier2.serverDrop.shares);
    }
  });

  it('is when the tier ends, and what follows: by the timeline, and later when it is extended by hand', async () => {
    await start([{ campaignId: 'split', tier: 1 }]);
    const [byItself, extended] = [await policyOf('now'), await policyOf('split')];
    expect(byItself).toMatchObject({ tier: 1, announced: { tier: 0, atMs: (await t0Of('now')) + tier1.afterMs } });
    expect(extended.tier).toBe(1);
    expect(extended.announced?.tier).toBe(0);
    expect(extended.announced?.atMs).toBeGreaterThan(extended.t0Ms + 50 * MINUTE_MS);
    expect((await policyOf('past')).announced).toBeNull();
  });
});
