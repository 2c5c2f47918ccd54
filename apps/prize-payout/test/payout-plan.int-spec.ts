import { effectivePolicy, type PlanTimeline, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { MemoryLog } from '@floodgate/testing';
import { FollowedPayoutPlan } from '../src/adapters/followed-payout-plan';
import { PayoutBench } from './payout-bench';

const T0_MS = 1_800_000_000_000;
const DAY_MS = 86_400_000;

describe('failed payouts and the plan', () => {
  let bench: PayoutBench;
  beforeAll(async () => {
    bench = await PayoutBench.open();
  });
  afterAll(() => bench.close());

  const log = new MemoryLog();
  const planAt = (nowMs: number) => {
    const plan = { policyFor: (timeline: PlanTimeline) => effectivePolicy(REFERENCE_PLAN, timeline, nowMs, []) };
    return new FollowedPayoutPlan(plan, bench.database.dataSource, { nowMs: () => nowMs }, log);
  };
  const paceAt = (nowMs: number) => planAt(nowMs).reissuePace();

  it('are left alone around the moment of any campaign that is not settled, and not otherwise', async () => {
    expect(await paceAt(T0_MS)).toBe(1);
    expect(await planAt(T0_MS).queued()).toBe(false);
    await bench.store.inTransaction(async (book) => {
      await book.rememberCampaign({ campaignId: 'later', t0Ms: T0_MS + 30 * DAY_MS, settleByMs: T0_MS + 31 * DAY_MS });
      await book.rememberCampaign({ campaignId: 'now', t0Ms: T0_MS, settleByMs: T0_MS + DAY_MS });
    });
    expect(await paceAt(T0_MS)).toBe(0);
    expect(await planAt(T0_MS).queued()).toBe(true);
    expect(await planAt(T0_MS - DAY_MS).queued()).toBe(false);
    expect(await paceAt(T0_MS - DAY_MS)).toBe(1);
    expect(await paceAt(T0_MS + DAY_MS / 2)).toBe(1);
    expect(await paceAt(T0_MS + 30 * DAY_MS)).toBe(0);
    expect(log.lines.map(({ fields }) => fields)).toEqual([{ campaignId: 'now' }, { campaignId: 'later' }]);
  });
});
