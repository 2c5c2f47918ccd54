import {
  type Api,
  type DryRun,
  dryRunPolicy,
  effectivePolicy,
  forecast,
  isDrawn,
  isShed,
  type ManualTier,
  type Plan,
  REFERENCE_PLAN,
  ShadowCount,
} from '.';

const T0 = 1_800_000_000_000;
const timeline = { campaignId: 'c1', t0Ms: T0 };
const FROM = T0 + 3_600_000;
const SECOND = 1_000;

const plan: Plan = {
  ...REFERENCE_PLAN,
  tier1: { ...REFERENCE_PLAN.tier1, lottery: { drawnShare: 0.8, roundMs: 60_000 } },
};

const run: DryRun = {
  dryRunId: 'd1',
  planNo: 2,
  hash: '',
  plan,
  campaignId: 'c1',
  tier: 3,
  fromMs: FROM,
  untilMs: FROM + 60 * SECOND,
};

const APIS: readonly Api[] = ['venue', 'entry', 'qualification', 'grab', 'pay'];

/** 4,000 people, three times each, over a minute, at two gateways. */
const load = Array.from({ length: 12_000 }, (_, index) => ({
  userId: `user-${index % 4_000}`,
  api: APIS[index % APIS.length] as Api,
  nowMs: FROM + Math.floor((index * 60 * SECOND) / 12_000),
  gateway: index % 2,
}));

describe('a dry run', () => {
  it('foretells, for each route, what the same tier then sheds of the same load, within 5 points', () => {
    const gateways = [new ShadowCount(), new ShadowCount()];
    for (const { userId, api, nowMs, gateway } of load) {
      gateways[gateway]?.count(dryRunPolicy(run, timeline, nowMs), api, userId, nowMs);
    }
    // A quarter of an hour later the plan is in force, and the tier is set by hand.
    const laterMs = 15 * 60 * SECOND;
    const tier: ManualTier = { campaignId: 'c1', tier: 3, fromMs: FROM + laterMs, untilMs: FROM + 2 * laterMs };
    const shed = new Map<Api, { requests: number; shed: number }>();
    for (const { userId, api, nowMs } of load) {
      const thenMs = nowMs + laterMs;
      const policy = effectivePolicy(plan, timeline, thenMs, [tier]);
      const priority = policy.priorities[api];
      const isRefused =
        isShed(policy.serverDrop, priority, userId, thenMs) ||
        isShed(policy.clientDrop, priority, userId, thenMs) ||
        (api === 'grab' && !isDrawn(policy.lottery, userId, thenMs));
      const { requests, shed: before } = shed.get(api) ?? { requests: 0, shed: 0 };
      shed.set(api, { requests: requests + 1, shed: before + (isRefused ? 1 : 0) });
    }
    const foretold = forecast(gateways.map(({ counts }) => counts));
    expect(foretold.map(({ api }) => api).sort()).toEqual([...APIS].sort());
    for (const { api, requests, share, dropped, wouldBeShed } of foretold) {
      const then = shed.get(api);
      expect(requests).toBe(then?.requests);
      expect(wouldBeShed).toBe(dropped);
      expect(Math.abs(share - (then?.shed ?? NaN) / requests)).toBeLessThan(0.05);
    }
    const shareOf = (api: Api) => foretold.find((one) => one.api === api)?.share;
    expect(shareOf('pay')).toBe(0);
    expect(shareOf('venue')).toBeGreaterThan(0.4);
  });

  it('says exactly whom the same policy sheds at the same moment', () => {
    const count = new ShadowCount();
    let shed = 0;
    for (const { userId } of load) {
      const policy = dryRunPolicy(run, timeline, FROM);
      count.count(policy, 'venue', userId, FROM);
      if (isShed(policy.serverDrop, 'browse', userId, FROM)) shed += 1;
    }
    expect(count.counts.venue?.dropped).toBe(shed);
  });

  it('counts people over the cap of the whole platform, second by second', () => {
    const capped: Plan = {
      ...REFERENCE_PLAN,
      tier1: { ...REFERENCE_PLAN.tier1, caps: { ...REFERENCE_PLAN.tier1.caps, grab: 10 } },
    };
    const gateways = [new ShadowCount(), new ShadowCount()];
    const policyAt = (nowMs: number) => dryRunPolicy({ ...run, plan: capped, tier: 1 }, timeline, nowMs);
    // 8 + 8 in the first second, 8 in the second.
    for (let i = 0; i < 8; i++) {
      gateways[0]?.count(policyAt(FROM), 'grab', `a-${i}`, FROM);
      gateways[1]?.count(policyAt(FROM), 'grab', `b-${i}`, FROM);
      gateways[0]?.count(policyAt(FROM + SECOND), 'grab', `c-${i}`, FROM + SECOND);
    }
    expect(forecast(gateways.map(({ counts }) => counts))).toEqual([
      { api: 'grab', priority: 'grab', requests: 24, wouldBeShed: 6, share: 0.25, dropped: 0, overCap: 6 },
    ]);
  });

  it('sheds nothing at tier 0 outside tier 1, and nobody whose name is not known', () => {
    const count = new ShadowCount();
    for (const { userId, nowMs } of load) {
      count.count(dryRunPolicy({ ...run, tier: 0 }, timeline, nowMs), 'grab', userId, nowMs);
      count.count(dryRunPolicy(run, timeline, nowMs), 'venue', undefined, nowMs);
    }
    expect(count.counts).toMatchObject({ grab: { dropped: 0 }, venue: { dropped: 0, requests: load.length } });
  });

  it('takes who was inside before it for inside, and who came since only if the plan would have let them in', () => {
    const policy = dryRunPolicy({ ...run, tier: 2 }, timeline, FROM);
    const droppedOf = (kind: 'entry' | 'grab', sinceMs: number, api: Api) => {
      const count = new ShadowCount(FROM);
      for (const { userId } of load) count.count(policy, api, userId, FROM, { kind, sinceMs });
      return (count.counts[api]?.dropped ?? NaN) / load.length;
    };
    expect(droppedOf('entry', FROM - 1, 'cards')).toBe(0);
    expect(droppedOf('entry', FROM, 'cards')).toBeGreaterThan(0.4);
    // A pass of the entry says nothing about the lottery.
    expect(droppedOf('entry', FROM - 1, 'grab')).toBeGreaterThan(0.15);
    expect(droppedOf('entry', FROM - 1, 'grab')).toBeLessThan(0.25);
    expect(droppedOf('grab', FROM - 1, 'grab')).toBe(0);
    expect(droppedOf('grab', FROM, 'grab')).toBeGreaterThan(0.3);
  });

  it('takes it that clients drop their own requests, inside or not', () => {
    const count = new ShadowCount(FROM);
    const letIn = { kind: 'grab', sinceMs: FROM - 1 } as const;
    for (const { userId } of load) count.count(dryRunPolicy(run, timeline, FROM), 'venue', userId, FROM, letIn);
    expect((count.counts.venue?.dropped ?? NaN) / load.length).toBeGreaterThan(0.4);
  });
});
