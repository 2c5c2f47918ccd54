import { canonicalJson, type ConsumerLimit, findPlanFault, type Plan, REFERENCE_PLAN, withoutTier, withTier } from '.';

const { normal, priorities, tier1, tier2, tier3 } = REFERENCE_PLAN;
const shares = tier2.serverDrop.shares;

const serverShares = (more: Partial<typeof shares>): Plan => ({
  ...REFERENCE_PLAN,
  tier2: { ...tier2, serverDrop: { ...tier2.serverDrop, shares: { ...shares, ...more } } },
});

const slowPayout = (payout: ConsumerLimit): Plan => ({
  ...REFERENCE_PLAN,
  tier1: { ...tier1, consumers: { ...tier1.consumers, payout } },
});

describe('findPlanFault', () => {
  it('finds nothing in the reference plan', () => {
    expect(findPlanFault(REFERENCE_PLAN)).toBeUndefined();
  });

  const faults: readonly (readonly [field: string, plan: Plan])[] = [
    ['tier2.serverDrop.shares.pay', serverShares({ pay: 0.9 })],
    ['tier2.serverDrop.shares.qualify', serverShares({ qualify: 0.6 })],
    ['tier2.serverDrop.shares.browse', serverShares({ browse: 1.1 })],
    ['tier2.serverDrop.shares.browse', serverShares({ browse: Number.NaN })],
    ['tier1.caps.grab', { ...REFERENCE_PLAN, tier1: { ...tier1, caps: { ...tier1.caps, grab: -1 } } }],
    ['normal.caps.venue', { ...REFERENCE_PLAN, normal: { ...normal, caps: { ...normal.caps, venue: 0 } } }],
    ['tier1.caps.venue', { ...REFERENCE_PLAN, normal: { ...normal, caps: { ...normal.caps, venue: 5 } } }],
    ['tier1.beforeMs', { ...REFERENCE_PLAN, tier1: { ...tier1, beforeMs: -1 } }],
    ['tier1.entry.offsetMs', { ...REFERENCE_PLAN, tier1: { ...tier1, entry: { ...tier1.entry, offsetMs: 0.5 } } }],
    ['tier3.pollIntervalMs', { ...REFERENCE_PLAN, tier3: { ...tier3, pollIntervalMs: 4_999 } }],
    ['tier2.serverDrop.windowMs', { ...REFERENCE_PLAN, tier2: { ...tier2, serverDrop: { shares, windowMs: 10 } } }],
    ['manualTtlMs', { ...REFERENCE_PLAN, manualTtlMs: 0 }],
    ['priorities.pay', { ...REFERENCE_PLAN, priorities: { ...priorities, pay: 'browse' } }],
    ['priorities.grab', { ...REFERENCE_PLAN, priorities: { ...priorities, grab: 'browse' } }],
    ['priorities.venue', { ...REFERENCE_PLAN, priorities: { ...priorities, venue: 'grab' } }],
    ['tier1.room.perSecond', { ...REFERENCE_PLAN, tier1: { ...tier1, room: { ...tier1.room, perSecond: 0 } } }],
    [
      'tier1.lottery.drawnShare',
      { ...REFERENCE_PLAN, tier1: { ...tier1, lottery: { drawnShare: 2, roundMs: 1_000 } } },
    ],
    ['tier2.challenge', { ...REFERENCE_PLAN, tier1: { ...tier1, challenge: 'on' } }],
    ['tier1.consumers.payout.eventsPerSecond', slowPayout({ eventsPerSecond: -1, concurrency: null })],
    [
      'tier1.consumers.payout.concurrency',
      {
        ...REFERENCE_PLAN,
        normal: { ...normal, consumers: { ...normal.consumers, payout: { eventsPerSecond: null, concurrency: 1 } } },
      },
    ],
  ];

  it.each(faults)('names %s', (field, plan) => {
    expect(findPlanFault(plan)).toMatchObject({ field });
  });
});

describe('canonicalJson', () => {
  it('is one text for equal values', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true, e: undefined })).toBe(
      '{"a":true,"b":[1,{"c":"x","d":null}]}',
    );
  });

  it('refuses what JSON cannot say', () => {
    expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError);
  });
});

describe('manual tiers', () => {
  const tier = { campaignId: 'c1', tier: 2 as const, fromMs: 0, untilMs: 100 };

  it('take the place of what was set before, which ends then and is dropped once it has ramped down', () => {
    const raised = withTier([tier], { ...tier, tier: 3, fromMs: 50, untilMs: 150 }, 50, 10);
    expect(raised).toEqual([
      { ...tier, untilMs: 50 },
      { ...tier, tier: 3, fromMs: 50, untilMs: 150 },
    ]);
    expect(withoutTier(raised, 'c1', 60, 10)).toEqual([{ ...tier, tier: 3, fromMs: 50, untilMs: 60 }]);
    expect(withoutTier(raised, 'c2', 55, 10)).toEqual(raised);
  });
});
