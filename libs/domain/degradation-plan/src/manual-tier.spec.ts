import { effectivePolicy, entrySlotMs, type ManualTier, REFERENCE_PLAN } from '.';

const T0 = 1_800_000_000_000;
const MINUTE = 60_000;
const timeline = { campaignId: 'c1', t0Ms: T0 };
const at = (offsetMs: number, manual: readonly ManualTier[] = []) =>
  effectivePolicy(REFERENCE_PLAN, timeline, T0 + offsetMs, manual);

describe('tier 1, extended by setting it by hand before it ends', () => {
  const longer: ManualTier = { campaignId: 'c1', tier: 1, fromMs: T0 + 4 * MINUTE, untilMs: T0 + 19 * MINUTE };

  it('goes on without a gap until the time set, is announced, and then ramps down', () => {
    for (const minute of [4, 5, 5.5, 6, 12, 18.9]) {
      expect(at(minute * MINUTE, [longer])).toMatchObject({
        tier: 1,
        reissue: 'off',
        ramp: minute >= 5 && minute < 6 ? {} : null,
      });
      expect(at(minute * MINUTE, [longer]).caps).toEqual(REFERENCE_PLAN.tier1.caps);
    }
    expect(at(4 * MINUTE, [longer]).announced).toEqual({ tier: 0, atMs: T0 + 19 * MINUTE });
    expect(at(19 * MINUTE, [longer])).toMatchObject({ tier: 0, ramp: { untilMs: T0 + 20 * MINUTE } });
    expect(at(20 * MINUTE, [longer])).toMatchObject({ tier: 0, reissuePace: 1, ramp: null });
  });

  it('sends nobody back to the entrance who is in', () => {
    for (const userId of ['a', 'b', 'c', 'd']) {
      expect(entrySlotMs(userId, at(10 * MINUTE, [longer]))).toBe(entrySlotMs(userId, at(0)));
    }
  });
});
