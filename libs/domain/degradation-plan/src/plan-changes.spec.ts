import { planChanges, REFERENCE_PLAN, type Plan } from '.';

describe('planChanges', () => {
  it('is nothing between equals', () => {
    expect(planChanges(REFERENCE_PLAN, structuredClone(REFERENCE_PLAN))).toEqual([]);
  });

  it('names each field that differs, with both values, null among them', () => {
    const plan: Plan = {
      ...REFERENCE_PLAN,
      title: 'mine',
      tier1: {
        ...REFERENCE_PLAN.tier1,
        caps: { ...REFERENCE_PLAN.tier1.caps, grab: null },
        entry: { ...REFERENCE_PLAN.tier1.entry, countdown: false },
      },
    };
    expect(planChanges(REFERENCE_PLAN, plan)).toEqual([
      { path: 'tier1.caps.grab', from: 1_000_000, to: null },
      { path: 'tier1.entry.countdown', from: true, to: false },
      { path: 'title', from: 'reference plan', to: 'mine' },
    ]);
    expect(planChanges(plan, REFERENCE_PLAN)).toHaveLength(3);
  });
});
