import { BUILT_IN_SNAPSHOT, effectivePolicy, type Plan, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { type Consumers, type Consumption, Lifecycle, type PlanFollower } from '@floodgate/nest-kit';
import { type MysqlCampaignStore } from '../src/adapters/mysql-campaign-store';
import { UnitGrantedConsumer } from '../src/consumers/unit-granted.consumer';
import { ACTIVITY_STREAMS } from '../src/streams';

const T0_MS = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const MANY = 1_000_000;

const plan: Plan = {
  ...REFERENCE_PLAN,
  tier1: {
    ...REFERENCE_PLAN.tier1,
    consumers: {
      ...REFERENCE_PLAN.tier1.consumers,
      'spent-qualifications': { eventsPerSecond: 400, concurrency: null },
    },
  },
};

/** How many messages the consumer may take at once, at an instant. */
async function sliceAt(nowMs: number): Promise<number | undefined> {
  let consumption: Consumption<never> | undefined;
  const consumers = { consume: (told: Consumption<never>) => Promise.resolve(void (consumption = told)) };
  const timeline = { opensAtMs: T0_MS - DAY_MS, splitAtMs: T0_MS };
  const store = { listPublished: () => Promise.resolve([{ campaignId: 'split', timeline }]) };
  const follower: Pick<PlanFollower, 'policyFor' | 'snapshot'> = {
    snapshot: { ...BUILT_IN_SNAPSHOT, plan },
    policyFor: (campaign) => effectivePolicy(plan, campaign, nowMs, []),
  };
  const lifecycle = new Lifecycle();
  const consumer = new UnitGrantedConsumer(
    ACTIVITY_STREAMS,
    { nowMs: () => nowMs },
    consumers as unknown as Consumers,
    lifecycle,
    store as unknown as MysqlCampaignStore,
    follower as PlanFollower,
    { warn: () => undefined } as never,
  );
  await consumer.onApplicationBootstrap();
  await lifecycle.beforeApplicationShutdown();
  return consumption?.pace?.take(
    MANY,
    () => true,
    () => undefined,
  );
}

it('marks qualifications as spent no faster than the plan lets it around the split, and as fast as it can otherwise', async () => {
  expect(await sliceAt(T0_MS)).toBe(100);
  expect(await sliceAt(T0_MS - DAY_MS)).toBe(MANY);
  expect(await sliceAt(T0_MS + DAY_MS)).toBe(MANY);
});
