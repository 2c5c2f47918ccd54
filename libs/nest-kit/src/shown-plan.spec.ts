import { Health } from './health';
import { Metrics } from './metrics';
import { type PlanStatus } from './plan-follower';
import { planComplaint, showPlan } from './shown-plan';

const WELL: PlanStatus = {
  version: 7,
  source: 'push',
  receivedAtMs: 1,
  appliedAtMs: 2,
  unconfirmedForMs: 4_000,
  isContradicted: false,
  receiverSilentMs: 1_000,
  receiverRestarts: 0,
};

describe('planComplaint', () => {
  it.each<[string, Partial<PlanStatus>, RegExp | undefined]>([
    ['nothing', {}, undefined],
    ['nothing', { source: 'poll' }, undefined],
    ['the built-in plan', { source: 'built-in', version: 0 }, /built-in/],
    ['a plan from disk', { source: 'disk' }, /version 7 from disk/],
    ['polls in vain', { unconfirmedForMs: 15_001 }, /not confirmed it for 15 s/],
    ['a contradiction', { isContradicted: true }, /another plan was received under version 7/],
    ['a silent receiver', { receiverSilentMs: 11_000 }, /silent for 11 s/],
  ])('says %s: %p', (_, more, said) => {
    const complaint = planComplaint({ ...WELL, ...more }, 5_000);
    if (said === undefined) expect(complaint).toBeUndefined();
    else expect(complaint).toMatch(said);
  });
});

describe('showPlan', () => {
  it('tells source, version and tiers as they are when somebody looks', async () => {
    const health = new Health();
    const metrics = new Metrics();
    let status: PlanStatus = { ...WELL, source: 'disk' };
    let tiers = [{ campaignId: 'sale', tier: 1 as const }];
    const follower = {
      get status() {
        return status;
      },
      tiers: () => tiers,
    };
    showPlan(follower, 5_000, health, metrics);
    expect((await health.ready()).notices?.['plan']).toContain('version 7 from disk');
    const text = await metrics.registry.metrics();
    expect(text).toContain('floodgate_plan_source{source="disk"} 1');
    expect(text).toContain('floodgate_plan_tier{campaign="sale"} 1');
    status = { ...WELL, version: 8, receiverRestarts: 1 };
    tiers = [];
    expect((await health.ready()).notices).toEqual({ plan: 'ok' });
    const later = await metrics.registry.metrics();
    expect(later).toContain('floodgate_plan_source{source="disk"} 0');
    expect(later).toContain('floodgate_plan_version 8');
    expect(later).toContain('floodgate_plan_receiver_restarts 1');
    expect(later).not.toContain('sale');
  });
});
