import { BUILT_IN_SNAPSHOT, effectivePolicy, type Plan, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { type Consumers, type Consumption, Lifecycle, type PlanFollower } from '@floodgate/nest-kit';
import { PayoutConsumers } from '../src/payout-consumers';
import { PayoutBench } from './payout-bench';

const T0_MS = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const MANY = 1_000_000;

const plan: Plan = {
  ...REFERENCE_PLAN,
  tier1: {
    ...REFERENCE_PLAN.tier1,
    consumers: {
      ...REFERENCE_PLAN.tier1.consumers,
      payout: { eventsPerSecond: 400, concurrency: 1 },
      income: { eventsPerSecond: 80, concurrency: null },
    },
  },
};

let bench: PayoutBench;
beforeAll(async () => {
  bench = await PayoutBench.open();
  await bench.store.inTransaction((book) =>
    book.rememberCampaign({ campaignId: 'now', t0Ms: T0_MS, settleByMs: T0_MS + 2 * DAY_MS }),
  );
});
afterAll(() => bench.close());

/** How many messages each consumer may take at once, by its name, at an instant. */
async function slicesAt(nowMs: number): Promise<Record<string, number | undefined>> {
  const consumptions: Consumption<never>[] = [];
  const consumers = {
    consume: (consumption: Consumption<never>) => Promise.resolve(void consumptions.push(consumption)),
  };
  const follower: Pick<PlanFollower, 'policyFor' | 'snapshot'> = {
    snapshot: { ...BUILT_IN_SNAPSHOT, plan },
    policyFor: (timeline) => effectivePolicy(plan, timeline, nowMs, []),
  };
  const lifecycle = new Lifecycle();
  const work = new PayoutConsumers(
    bench.store,
    consumers as unknown as Consumers,
    lifecycle,
    follower as PlanFollower,
    { nowMs: () => nowMs },
    bench.database.dataSource,
    bench.log as never,
  );
  await work.onApplicationBootstrap();
  await lifecycle.beforeApplicationShutdown();
  const take = async ({ pace }: Consumption<never>) =>
    pace?.take(
      MANY,
      () => true,
      () => undefined,
    );
  return Object.fromEntries(
    await Promise.all(consumptions.map(async (one) => [one.consumer, await take(one)] as const)),
  );
}

describe('the consumers of prize-payout', () => {
  it('are held back around the moment of a campaign, each as the plan says, but for pools that must be funded', async () => {
    expect(await slicesAt(T0_MS)).toEqual({
      'prize-payout.fund-pools': undefined,
      'prize-payout.book-payouts': 100,
      'prize-payout.book-income': 20,
    });
  });

  it('go as fast as they can at other times', async () => {
    for (const nowMs of [T0_MS - DAY_MS, T0_MS + DAY_MS, T0_MS + 3 * DAY_MS]) {
      expect(await slicesAt(nowMs)).toEqual({
        'prize-payout.fund-pools': undefined,
        'prize-payout.book-payouts': MANY,
        'prize-payout.book-income': MANY,
      });
    }
  });
});
