import { checkCampaign, type CampaignSpec } from '@floodgate/domain/activity';
import { effectivePolicy, findPlanFault } from '@floodgate/domain/degradation-plan';
import fc from 'fast-check';
import { cardSplit, demoPlan, lastArrivalMs, planScene, splitId, tier1Of, timedSale } from './scene';

const START_MS = 1_800_000_000_000;
const options = fc.record({
  users: fc.integer({ min: 1, max: 20_000 }),
  units: fc.integer({ min: 1, max: 100_000 }),
  pace: fc.record({
    visitsPerSecond: fc.double({ min: 0.5, max: 500, noNaN: true }),
    requestsPerSecond: fc.double({ min: 10, max: 10_000, noNaN: true }),
  }),
});

describe('the scene', () => {
  it('gives campaigns that activity takes, whatever the crowd', () => {
    fc.assert(
      fc.property(options, (size) => {
        const scene = planScene('run', START_MS, size);
        for (const campaign of [cardSplit(scene, size.users), timedSale(scene)]) {
          expect(checkCampaign(specOf(campaign))).toBeUndefined();
        }
      }),
    );
  });

  it('has people come before the last chance to qualify, and T0 at least 20 s away', () => {
    fc.assert(
      fc.property(options, (size) => {
        const scene = planScene('run', START_MS, size);
        expect(scene.splitAtMs - START_MS).toBeGreaterThanOrEqual(20_000);
        expect(lastArrivalMs(scene)).toBeLessThan(cardSplit(scene, size.users).timeline.qualifyUntilMs);
        expect(scene.saleOpensAtMs).toBeGreaterThan(scene.splitAtMs);
      }),
    );
  });

  it('is put off as a whole, and tier 1 with it, where something is to go wrong on the way', () => {
    const size = { users: 500, units: 200, pace: { visitsPerSecond: 30, requestsPerSecond: 400 } };
    const [usual, late] = [planScene('run', START_MS, size), planScene('run', START_MS, { ...size, delayMs: 10_000 })];
    expect(tier1Of(late)).toEqual({ fromMs: tier1Of(usual).fromMs + 10_000, untilMs: tier1Of(usual).untilMs + 10_000 });
    expect(late.saleOpensAtMs).toBe(usual.saleOpensAtMs + 10_000);
  });

  it('compresses the reference plan into one that is sound, with tier 1 around T0', () => {
    const pace = { visitsPerSecond: 30, requestsPerSecond: 400 };
    const scene = planScene('run', START_MS, { users: 500, units: 200, pace });
    const plan = demoPlan(scene, 500, pace);
    expect(findPlanFault(plan)).toBeUndefined();
    const timeline = { campaignId: splitId(scene), t0Ms: scene.splitAtMs };
    const tierAt = (atMs: number) => effectivePolicy(plan, timeline, atMs, []).tier;
    expect([tierAt(START_MS), tierAt(scene.splitAtMs), tierAt(scene.splitAtMs + 60_000)]).toEqual([0, 1, 0]);
    const { fromMs, untilMs } = tier1Of(scene);
    expect([tierAt(fromMs - 1), tierAt(fromMs), tierAt(untilMs - 1), tierAt(untilMs)]).toEqual([0, 1, 1, 0]);
  });
});

/** As activity reads it from the request. */
function specOf(campaign: ReturnType<typeof cardSplit> | ReturnType<typeof timedSale>): CampaignSpec {
  const { timeline } = campaign;
  return {
    ...campaign,
    authorCommitment: campaign.kind === 'CARD_SPLIT' ? 'a'.repeat(64) : undefined,
    timeline: {
      ...timeline,
      qualifyUntilMs: 'qualifyUntilMs' in timeline ? timeline.qualifyUntilMs : undefined,
      splitAtMs: 'splitAtMs' in timeline ? timeline.splitAtMs : undefined,
    },
    pools: campaign.pools.map((pool) => ({
      ...pool,
      strategy: 'SHARDED_COUNTERS',
      sharePerQualified: false,
      packets: 'packets' in pool ? { ...pool.packets, levels: [] } : undefined,
      price: 'price' in pool ? pool.price : undefined,
    })),
  };
}
