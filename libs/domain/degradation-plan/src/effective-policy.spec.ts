import fc from 'fast-check';
import {
  CAPPED_APIS,
  type ConsumerLimit,
  effectivePolicy,
  type EffectivePolicy,
  findPlanFault,
  FOREVER_MS,
  isDrawn,
  isShed,
  entrySlotMs,
  type ManualTier,
  type Plan,
  PRIORITIES,
  policySchedule,
  REFERENCE_PLAN,
  scheduledAt,
  SLOWED_CONSUMERS,
  type Switch,
  t0Of,
  type Tier,
} from '.';

const T0 = 1_800_000_000_000;
const MINUTE = 60_000;
const timeline = { campaignId: 'c1', t0Ms: T0 };

const at = (offsetMs: number, manual: readonly ManualTier[] = [], plan: Plan = REFERENCE_PLAN) =>
  effectivePolicy(plan, timeline, T0 + offsetMs, manual);

const manualTier = (tier: Tier, more: Partial<ManualTier> = {}): ManualTier => ({
  campaignId: 'c1',
  tier,
  fromMs: T0 - 60 * MINUTE,
  untilMs: T0 - 45 * MINUTE,
  ...more,
});

describe('tier 1 by itself', () => {
  it.each([
    [-5 * MINUTE - 1, 0],
    [-5 * MINUTE, 1],
    [0, 1],
    [5 * MINUTE - 1, 1],
    [5 * MINUTE, 0],
  ])('at T0 %i ms it is tier %i', (offsetMs, tier) => {
    expect(at(offsetMs).tier).toBe(tier);
  });

  it('does what the reference plan says while it lasts', () => {
    expect(at(0)).toMatchObject({
      entry: { fromMs: T0, releaseOverMs: MINUTE, hiddenFromSignedOut: true },
      caps: { venue: 1_000_000, qualification: 1_000_000, grab: 1_000_000 },
      reissue: 'off',
      reissuePace: 0,
      payoutQueued: true,
      pageReduced: true,
      participateStatus: 'on',
      announced: { tier: 0, atMs: T0 + 5 * MINUTE },
      ramp: null,
    });
  });

  it('leaves everything on before it', () => {
    expect(at(-10 * MINUTE)).toMatchObject({
      entry: { fromMs: 0, releaseOverMs: 0, hiddenFromSignedOut: false },
      caps: { venue: null, qualification: null, grab: null },
      reissue: 'on',
      reissuePace: 1,
      payoutQueued: false,
      pageReduced: false,
      announced: null,
      ramp: null,
      stableUntilMs: T0 - 5 * MINUTE,
    });
  });

  it('ramps down over a minute and then holds for ever', () => {
    const half = at(5 * MINUTE + 30_000);
    expect(half).toMatchObject({ tier: 0, reissue: 'on', reissuePace: 0.5, ramp: { untilMs: T0 + 6 * MINUTE } });
    expect(half.caps.grab).toBe(2_000_000);
    expect(at(6 * MINUTE)).toMatchObject({
      reissuePace: 1,
      caps: { grab: null },
      ramp: null,
      stableUntilMs: FOREVER_MS,
    });
  });

  it('takes T0 from the split where there is one', () => {
    expect(t0Of({ opensAtMs: 1, splitAtMs: 2 })).toBe(2);
    expect(t0Of({ opensAtMs: 1, splitAtMs: 0 })).toBe(1);
    expect(t0Of({ opensAtMs: 1 })).toBe(1);
  });
});

describe('tiers set by hand', () => {
  const from = -60 * MINUTE;

  it('start at once, revert by themselves at the end of their time, and ramp to nothing', () => {
    const manual = [manualTier(3)];
    expect(at(from - 1, manual).tier).toBe(0);
    expect(at(from, manual)).toMatchObject({ tier: 3, announced: { tier: 0, atMs: T0 - 45 * MINUTE } });
    expect(at(from, manual).serverDrop.shares).toEqual({ pay: 0, grab: 0.3, qualify: 0.5, browse: 0.5 });
    expect(at(from, manual).clientDrop.shares.browse).toBe(0.5);
    const ramping = at(-45 * MINUTE + 30_000, manual);
    expect(ramping.tier).toBe(0);
    expect(ramping.serverDrop.shares.browse).toBeCloseTo(0.25);
    expect(at(-44 * MINUTE, manual).serverDrop.shares.browse).toBe(0);
  });

  it('add up: 2 does what 1 does and drops at the server, only 3 drops at the client', () => {
    const policy = at(from, [manualTier(2)]);
    expect(policy).toMatchObject({ tier: 2, reissue: 'off', pageReduced: true });
    expect(policy.serverDrop.shares.browse).toBe(0.5);
    expect(policy.clientDrop.shares.browse).toBe(0);
  });

  it('belong to one campaign', () => {
    expect(at(from, [manualTier(3, { campaignId: 'c2' })]).tier).toBe(0);
  });

  it('carry shares of their own, which scale the priorities', () => {
    const policy = at(from, [manualTier(3, { serverDropShare: 0.8, clientDropShare: 0.1 })]);
    expect(policy.serverDrop.shares.browse).toBe(0.8);
    expect(policy.serverDrop.shares.grab).toBeCloseTo(0.48);
    expect(policy.clientDrop.shares.browse).toBe(0.1);
    expect(policy.serverDrop.shares.pay).toBe(0);
  });

  it('can switch the non-critical call off and nothing else', () => {
    expect(at(from, [manualTier(0, { participateStatus: 'off' })])).toMatchObject({
      tier: 0,
      participateStatus: 'off',
      reissue: 'on',
    });
  });

  it('release the entry from when they were set, but not anew during tier 1', () => {
    expect(at(from, [manualTier(1)]).entry).toMatchObject({ fromMs: T0 - 60 * MINUTE, releaseOverMs: MINUTE });
    const during = manualTier(2, { fromMs: T0 + MINUTE, untilMs: T0 + 16 * MINUTE });
    expect(at(2 * MINUTE, [during]).entry.fromMs).toBe(T0);
  });
});

const anyShare = fc.double({ min: 0, max: 1, noNaN: true });
const anyShares = fc
  .tuple(anyShare, anyShare, anyShare, anyShare)
  .map((shares) => shares.sort((a, b) => a - b))
  .map(([pay = 0, grab = 0, qualify = 0, browse = 0]) => ({ pay, grab, qualify, browse }));
const anyDuration = fc.integer({ min: 0, max: 20 * MINUTE });
const anyCap = fc.option(fc.integer({ min: 1, max: 5_000_000 }));

const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    ramp: anyDuration,
    before: anyDuration,
    after: anyDuration,
    server: anyShares,
    client: anyShares,
    cap: anyCap,
    rate: anyCap,
    drawn: anyShare,
    challenge: fc.constantFrom<Switch>('on', 'off'),
    room: fc.constantFrom<Switch>('on', 'off'),
  })
  .map(({ ramp, before, after, server, client, cap, rate, drawn, challenge, room }) => ({
    ...REFERENCE_PLAN,
    rampDownMs: ramp,
    tier1: {
      ...REFERENCE_PLAN.tier1,
      beforeMs: before,
      afterMs: after,
      caps: { venue: cap, qualification: cap, grab: cap },
      room: { open: room, beforeMs: before, perSecond: rate },
      challenge: 'off' as const,
      lottery: { drawnShare: drawn, roundMs: 60_000 },
      consumers: {
        ...REFERENCE_PLAN.tier1.consumers,
        payout: { eventsPerSecond: rate, concurrency: cap },
      },
    },
    tier2: { serverDrop: { shares: server, windowMs: 60_000 }, challenge, pollIntervalMs: 5_000 },
    tier3: { clientDrop: { shares: client, windowMs: 60_000 }, pollIntervalMs: 10_000 },
  }));

const anyManual: fc.Arbitrary<ManualTier> = fc
  .record({
    tier: fc.constantFrom<Tier>(1, 2, 3),
    fromMs: fc.integer({ min: T0 - 30 * MINUTE, max: T0 + 30 * MINUTE }),
    lengthMs: fc.integer({ min: 1, max: 30 * MINUTE }),
    share: fc.option(anyShare, { nil: undefined }),
  })
  .map(({ tier, fromMs, lengthMs, share }) => ({
    campaignId: 'c1',
    tier,
    fromMs,
    untilMs: fromMs + lengthMs,
    ...(share !== undefined && { serverDropShare: share }),
  }));

const anyNow = fc.integer({ min: T0 - 60 * MINUTE, max: T0 + 90 * MINUTE });
const anyUser = fc.string({ minLength: 1, maxLength: 12 });

/** True when `stricter` admits nothing that `looser` sheds. */
function shedsNoLess(stricter: EffectivePolicy, looser: EffectivePolicy, userId: string, nowMs: number): boolean {
  const drops = PRIORITIES.every(
    (priority) =>
      (!isShed(looser.serverDrop, priority, userId, nowMs) || isShed(stricter.serverDrop, priority, userId, nowMs)) &&
      (!isShed(looser.clientDrop, priority, userId, nowMs) || isShed(stricter.clientDrop, priority, userId, nowMs)),
  );
  const caps = CAPPED_APIS.every((api) => (stricter.caps[api] ?? Infinity) <= (looser.caps[api] ?? Infinity));
  return (
    drops &&
    caps &&
    (isDrawn(looser.lottery, userId, nowMs) || !isDrawn(stricter.lottery, userId, nowMs)) &&
    (looser.challenge === 'off' || stricter.challenge === 'on') &&
    (looser.room.open === 'off' || stricter.room.open === 'on') &&
    SLOWED_CONSUMERS.every((name) => takesNoMore(stricter.consumers[name], looser.consumers[name])) &&
    entrySlotMs(userId, stricter) >= entrySlotMs(userId, looser) &&
    stricter.reissuePace <= looser.reissuePace &&
    stricter.pollIntervalMs >= looser.pollIntervalMs
  );
}

const takesNoMore = (stricter: ConsumerLimit, looser: ConsumerLimit) =>
  (stricter.eventsPerSecond ?? Infinity) <= (looser.eventsPerSecond ?? Infinity) &&
  (stricter.concurrency ?? Infinity) <= (looser.concurrency ?? Infinity);

describe('for every sound plan', () => {
  it('a higher tier never sheds less', () => {
    fc.assert(
      fc.property(
        anyPlan,
        fc.array(anyManual, { maxLength: 3 }),
        anyManual,
        anyNow,
        anyUser,
        (plan, before, added, nowMs, userId) => {
          fc.pre(findPlanFault(plan) === undefined);
          const lower = { ...added, tier: (added.tier - 1) as Tier };
          const looser = effectivePolicy(plan, timeline, nowMs, [...before, lower]);
          const stricter = effectivePolicy(plan, timeline, nowMs, [...before, added]);
          expect(stricter.tier).toBeGreaterThanOrEqual(looser.tier);
          expect(shedsNoLess(stricter, looser, userId, nowMs)).toBe(true);
        },
      ),
    );
  });

  it('who wants to pay is never dropped before who grabs, nor who grabs before who looks', () => {
    fc.assert(
      fc.property(anyPlan, fc.array(anyManual, { maxLength: 3 }), anyNow, (plan, manual, nowMs) => {
        const { serverDrop, clientDrop } = effectivePolicy(plan, timeline, nowMs, manual);
        for (const { shares } of [serverDrop, clientDrop]) {
          const inOrder = PRIORITIES.map((priority) => shares[priority]);
          expect([...inOrder].sort((a, b) => a - b)).toEqual(inOrder);
        }
      }),
    );
  });

  it('the answer holds until stableUntilMs and is another from then on', () => {
    const { stableUntilMs: _ignored, ...fields } = at(0);
    const without = (policy: EffectivePolicy) =>
      Object.fromEntries(Object.keys(fields).map((key) => [key, policy[key as keyof typeof fields]]));
    fc.assert(
      fc.property(anyPlan, fc.array(anyManual, { maxLength: 3 }), anyNow, anyShare, (plan, manual, nowMs, fraction) => {
        const policy = effectivePolicy(plan, timeline, nowMs, manual);
        expect(policy.stableUntilMs).toBeGreaterThan(nowMs);
        const lastMs = Math.min(policy.stableUntilMs, nowMs + 90 * MINUTE) - 1;
        const laterMs = nowMs + Math.floor((lastMs - nowMs) * fraction);
        expect(without(effectivePolicy(plan, timeline, laterMs, manual))).toEqual(without(policy));
      }),
    );
  });

  // It begins, it ends, and it goes down in 60 steps of whole milliseconds: up to 119, where 59 ms are left over.
  const CHANGES_OF_A_TIER_MAX = 2 + 119;

  it('the schedule says at each instant what the function says', () => {
    const window = { fromMs: T0 - 60 * MINUTE, untilMs: T0 + 90 * MINUTE };
    fc.assert(
      fc.property(anyPlan, fc.array(anyManual, { maxLength: 3 }), anyNow, (plan, manual, nowMs) => {
        const schedule = policySchedule(plan, timeline, window, manual);
        const spelled = scheduledAt(schedule, nowMs);
        const asked = effectivePolicy(plan, timeline, nowMs, manual);
        expect(spelled).toEqual(asked);
        expect(schedule.length).toBeLessThanOrEqual(1 + (1 + manual.length) * CHANGES_OF_A_TIER_MAX);
      }),
      { numRuns: 30 },
    );
  });

  it('going down never jumps by more than a step of the ramp', () => {
    const manual = [manualTier(3, { serverDropShare: 1 })];
    let share = 1;
    for (let offsetMs = -46 * MINUTE; offsetMs <= -43 * MINUTE; offsetMs += 500) {
      const next = at(offsetMs, manual).serverDrop.shares.browse;
      expect(next).toBeLessThanOrEqual(share);
      expect(share - next).toBeLessThanOrEqual(1 / 60 + 1e-9);
      share = next;
    }
    expect(share).toBe(0);
  });
});

describe('isDrawn', () => {
  const lottery = { drawnShare: 0.3, roundMs: MINUTE, anchorMs: T0 };
  const people = Array.from({ length: 20_000 }, (_, index) => `user-${index}`);

  it('draws the share, the same people all through a round, and others in the next', () => {
    const drawn = people.filter((userId) => isDrawn(lottery, userId, T0));
    expect(drawn.length / people.length).toBeCloseTo(0.3, 1);
    expect(people.filter((userId) => isDrawn(lottery, userId, T0 + MINUTE - 1))).toEqual(drawn);
    const again = drawn.filter((userId) => isDrawn(lottery, userId, T0 + MINUTE));
    expect(again.length / drawn.length).toBeCloseTo(0.3, 1);
  });

  it('draws nobody less when more are drawn', () => {
    fc.assert(
      fc.property(anyUser, anyNow, anyShare, anyShare, (userId, nowMs, a, b) => {
        const [fewer, more] = [Math.min(a, b), Math.max(a, b)];
        const isDrawnAt = (drawnShare: number) => isDrawn({ ...lottery, drawnShare }, userId, nowMs);
        expect(!isDrawnAt(fewer) || isDrawnAt(more)).toBe(true);
      }),
    );
  });

  it('is independent of who is dropped', () => {
    const notDrawn = people.filter((userId) => !isDrawn(lottery, userId, T0));
    const drop = { shares: { pay: 0, grab: 0.5, qualify: 0.5, browse: 0.5 }, windowMs: MINUTE, anchorMs: T0 };
    const dropped = notDrawn.filter((userId) => isShed(drop, 'grab', userId, T0));
    expect(dropped.length / notDrawn.length).toBeCloseTo(0.5, 1);
  });
});
