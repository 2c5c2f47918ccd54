import {
  BUILT_IN_SNAPSHOT,
  effectivePolicy,
  type Plan,
  type PlanTimeline,
  REFERENCE_PLAN,
} from '@floodgate/domain/degradation-plan';
import { PlannedPace } from './planned-pace';

const UNLIMITED = { eventsPerSecond: null, concurrency: null };
const plan: Plan = {
  ...REFERENCE_PLAN,
  normal: {
    ...REFERENCE_PLAN.normal,
    consumers: { ...REFERENCE_PLAN.normal.consumers, income: { eventsPerSecond: 900, concurrency: null } },
  },
  tier1: {
    ...REFERENCE_PLAN.tier1,
    consumers: {
      ...REFERENCE_PLAN.tier1.consumers,
      payout: { eventsPerSecond: 100, concurrency: 2 },
      income: { eventsPerSecond: 300, concurrency: null },
    },
  },
};

/** A pace at an instant, with campaigns whose T0 are given. */
function paceAt(nowMs: number, ...t0s: number[]): Promise<PlannedPace> {
  return paceOf(nowMs, () => Promise.resolve(t0s.map((t0Ms) => ({ campaignId: `c${t0Ms}`, t0Ms }))));
}

async function paceOf(nowMs: number, campaigns: () => Promise<PlanTimeline[]>): Promise<PlannedPace> {
  const pace = new PlannedPace({
    plan: {
      snapshot: { ...BUILT_IN_SNAPSHOT, plan },
      policyFor: (timeline) => effectivePolicy(plan, timeline, nowMs, []),
    },
    campaigns,
    log: { warn: () => undefined },
  });
  await pace.start();
  await pace.stop();
  return pace;
}

const DAY_MS = 86_400_000;

describe('PlannedPace', () => {
  it('is what is normal while no campaign has its moment', async () => {
    for (const pace of [await paceAt(0), await paceAt(10 * DAY_MS, DAY_MS, 20 * DAY_MS)]) {
      expect(pace.limitOf('payout')).toEqual(UNLIMITED);
      expect(pace.limitOf('income')).toEqual({ eventsPerSecond: 900, concurrency: null });
    }
  });

  it('is the strictest of all campaigns while one of them has its moment', async () => {
    const pace = await paceAt(10 * DAY_MS, DAY_MS, 10 * DAY_MS + 60_000, 20 * DAY_MS);
    expect(pace.limitOf('payout')).toEqual({ eventsPerSecond: 100, concurrency: 2 });
    expect(pace.limitOf('income')).toEqual({ eventsPerSecond: 300, concurrency: null });
    expect(pace.limitOf('spent-qualifications')).toEqual(UNLIMITED);
  });

  it('is that of tier 1 while nobody can say which campaigns there are: it may be the moment of one', async () => {
    const pace = await paceOf(0, () => Promise.reject(new Error('MySQL is away')));
    expect(pace.limitOf('payout')).toEqual({ eventsPerSecond: 100, concurrency: 2 });
  });
});
