import { effectivePolicy, type PlanTimeline, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { PlanReissueSwitch } from '../src/adapters/plan-reissue-switch';
import { PayoutBench } from './payout-bench';

const T0_MS = 1_800_000_000_000;
const DAY_MS = 86_400_000;

describe('re-issue and the plan', () => {
  let bench: PayoutBench;
  beforeAll(async () => {
    bench = await PayoutBench.open();
  });
  afterAll(() => bench.close());

  const paceAt = (nowMs: number) => {
    const plan = { policyFor: (timeline: PlanTimeline) => effectivePolicy(REFERENCE_PLAN, timeline, nowMs, []) };
    return new PlanReissueSwitch(plan, bench.database.dataSource, { nowMs: () => nowMs }).pace();
  };

  it('is off around the moment of any campaign that is not settled, and on otherwise', async () => {
    expect(await paceAt(T0_MS)).toBe(1);
    await bench.store.inTransaction(async (book) => {
      await book.rememberCampaign({ campaignId: 'later', t0Ms: T0_MS + 30 * DAY_MS, settleByMs: T0_MS + 31 * DAY_MS });
      await book.rememberCampaign({ campaignId: 'now', t0Ms: T0_MS, settleByMs: T0_MS + DAY_MS });
    });
    expect(await paceAt(T0_MS)).toBe(0);
    expect(await paceAt(T0_MS - DAY_MS)).toBe(1);
    expect(await paceAt(T0_MS + DAY_MS / 2)).toBe(1);
    expect(await paceAt(T0_MS + 30 * DAY_MS)).toBe(0);
  });
});
