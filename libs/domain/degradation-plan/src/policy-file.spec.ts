import {
  BUILT_IN_SNAPSHOT,
  effectivePolicy,
  type ManualTier,
  policyFileName,
  type PolicyFileSchedule,
  policyFileSchedule,
  REFERENCE_PLAN,
  scheduledAt,
} from '.';

const T0 = 1_800_000_000_000;
const MINUTE = 60_000;
const timeline = { campaignId: 'c1', t0Ms: T0 };
const tier: ManualTier = { campaignId: 'c1', tier: 3, fromMs: T0 - 20 * MINUTE, untilMs: T0 - 8 * MINUTE };
const snapshot = { ...BUILT_IN_SNAPSHOT, version: 7, tiers: [tier] };
const scheduleAt = (nowMs: number) =>
  JSON.parse(policyFileSchedule(snapshot, timeline, 12, nowMs)) as PolicyFileSchedule;

describe('a policy file', () => {
  it('spells out from now until an hour after T0 what the function says', () => {
    const schedule = scheduleAt(T0 - 15 * MINUTE);
    expect(schedule).toMatchObject({ serial: 12, version: 7, campaignId: 'c1', t0Ms: T0, untilMs: T0 + 60 * MINUTE });
    for (let minute = -15; minute < 60; minute += 0.5) {
      const nowMs = T0 + minute * MINUTE;
      const { tier: expected, serverDrop, caps } = effectivePolicy(REFERENCE_PLAN, timeline, nowMs, [tier]);
      expect(scheduledAt(schedule.policies, nowMs)).toMatchObject({ tier: expected, serverDrop, caps });
    }
  });

  it('after the hour says what holds for another', () => {
    const nowMs = T0 + 300 * MINUTE;
    expect(scheduleAt(nowMs)).toMatchObject({ untilMs: nowMs + 60 * MINUTE, policies: [{ policy: { tier: 0 } }] });
  });

  it('has a name that no other campaign and no index has', () => {
    expect(policyFileName('c1')).toBe('policy/c1.json');
    expect(policyFileName('index')).not.toBe('policy/index.json');
  });
});
