import { type ManualTier } from './manual-tier';
import {
  type Api,
  type CappedApi,
  type Caps,
  type ConsumerLimit,
  type ConsumerLimits,
  type DropShares,
  type Plan,
  PRIORITIES,
  type Priority,
  type Switch,
  type Tier,
} from './plan';

/** What a plan needs to know of a campaign. */
export interface PlanTimeline {
  readonly campaignId: string;
  /** See t0Of. */
  readonly t0Ms: number;
}

/** T0: the split of a card split, the opening of a sale (which has no split: 0 or absent). */
export function t0Of(timeline: { readonly opensAtMs: number; readonly splitAtMs?: number | undefined }): number {
  return timeline.splitAtMs === undefined || timeline.splitAtMs === 0 ? timeline.opensAtMs : timeline.splitAtMs;
}

/** Who is dropped; ask isShed (stable-drop.ts) about a person. */
export interface EffectiveDrop {
  readonly shares: DropShares;
  readonly windowMs: number;
  readonly anchorMs: number;
}

/** Who is drawn; ask isDrawn (lottery.ts) about a person. */
export interface EffectiveLottery {
  readonly drawnShare: number;
  readonly roundMs: number;
  readonly anchorMs: number;
}

/** What holds for one campaign right now: everything that gateway, services, jobs and clients obey. Plain JSON. */
export interface EffectivePolicy {
  /** The highest tier in force; what a higher one did may still be ramping down, see `ramp`. */
  readonly tier: Tier;
  readonly t0Ms: number;
  /** Ask entrySlotMs (stable-drop.ts) about a person. releaseOverMs 0: open to everyone from fromMs on. */
  readonly entry: {
    readonly fromMs: number;
    readonly releaseOverMs: number;
    readonly countdown: boolean;
    readonly hiddenFromSignedOut: boolean;
  };
  /** What each API's requests are for; ask isShed about its priority. */
  readonly priorities: Readonly<Record<Api, Priority>>;
  /** Requests a second over the whole platform; overflow is told to wait. */
  readonly caps: Caps;
  /** While it is open, who is over a cap waits there; before T0 it takes people in from fromMs on. */
  readonly room: { readonly open: Switch; readonly fromMs: number; readonly perSecond: number | null };
  readonly participateStatus: Switch;
  readonly reissue: Switch;
  /** The pace of the re-issue job, from 0 (off) to 1, as it resumes. */
  readonly reissuePace: number;
  readonly payoutQueued: boolean;
  readonly pageReduced: boolean;
  readonly challenge: Switch;
  /** Ask isDrawn (lottery.ts) about a person. */
  readonly lottery: EffectiveLottery;
  readonly consumers: ConsumerLimits;
  readonly serverDrop: EffectiveDrop;
  readonly clientDrop: EffectiveDrop;
  readonly pollIntervalMs: number;
  /** When `tier` next goes down, and to what; null when nothing is due. */
  readonly announced: { readonly tier: Tier; readonly atMs: number } | null;
  /** The last step of going down; null when nothing is ramping. */
  readonly ramp: { readonly untilMs: number } | null;
  /** The same answer holds from the moment of asking until here, unless a new plan or manual tier arrives. */
  readonly stableUntilMs: number;
}

/** "Nothing will change by itself": the largest instant that JSON carries exactly. */
export const FOREVER_MS = Number.MAX_SAFE_INTEGER;

interface Segment extends Omit<ManualTier, 'campaignId'> {
  readonly entryFromMs: number;
}

/** A segment that is in force (strength 1) or ramping down (below 1, above 0). */
interface Active extends Segment {
  readonly strength: number;
}

const RAMP_STEPS = 60;

/**
 * The one function that says what a plan means at an instant. Every process evaluates it for itself, so tier 1 comes on
 * time with the plan service dead. Times are milliseconds since 1970 by database time; `manual` may hold other campaigns' tiers.
 */
export function effectivePolicy(
  plan: Plan,
  timeline: PlanTimeline,
  nowMs: number,
  manual: readonly ManualTier[],
): EffectivePolicy {
  const segments = segmentsOf(plan, timeline, manual);
  const active = segments.flatMap((segment) => {
    const strength = strengthAt(segment, nowMs, plan.rampDownMs);
    return strength > 0 ? [{ ...segment, strength }] : [];
  });
  const inTier1 = active.filter(({ tier }) => tier >= 1);
  const inTier2 = active.filter(({ tier }) => tier >= 2);
  const strength1 = strongest(inTier1);
  const { tier1, tier2 } = plan;
  const reissuePace = tier1.reissue === 'off' ? 1 - strength1 : 1;
  const switchedOff =
    active.some((one) => one.participateStatus === 'off') || (strength1 > 0 && tier1.participateStatus === 'off');
  return {
    tier: tierAt(segments, nowMs),
    t0Ms: timeline.t0Ms,
    entry: entryOf(plan, inTier1),
    priorities: plan.priorities,
    caps: capsOf(plan, strength1),
    room: {
      open: strength1 > 0 ? tier1.room.open : 'off',
      fromMs: timeline.t0Ms - tier1.room.beforeMs,
      perSecond: tier1.room.perSecond,
    },
    participateStatus: switchedOff ? 'off' : 'on',
    reissue: reissuePace === 0 ? 'off' : 'on',
    reissuePace,
    payoutQueued: strength1 > 0 && tier1.payoutQueued,
    pageReduced: strength1 > 0 && tier1.pageReduced,
    challenge: inTier2.length > 0 ? tier2.challenge : strength1 > 0 ? tier1.challenge : 'off',
    lottery: {
      drawnShare: 1 - (1 - tier1.lottery.drawnShare) * strength1,
      roundMs: tier1.lottery.roundMs,
      anchorMs: timeline.t0Ms,
    },
    consumers: consumersOf(plan, strength1),
    serverDrop: {
      shares: sharesOf(tier2.serverDrop.shares, inTier2, (one) => one.serverDropShare),
      windowMs: tier2.serverDrop.windowMs,
      anchorMs: timeline.t0Ms,
    },
    clientDrop: {
      shares: sharesOf(
        plan.tier3.clientDrop.shares,
        active.filter(({ tier }) => tier >= 3),
        (one) => one.clientDropShare,
      ),
      windowMs: plan.tier3.clientDrop.windowMs,
      anchorMs: timeline.t0Ms,
    },
    pollIntervalMs: pollIntervalOf(plan, active),
    announced: announcedAt(segments, nowMs),
    ramp: rampOf(plan, active, nowMs),
    stableUntilMs: Math.min(FOREVER_MS, ...segments.map((segment) => nextChangeMs(segment, nowMs, plan.rampDownMs))),
  };
}

/** The automatic tier 1 is a segment like those set by hand; one rule then serves both. */
function segmentsOf(plan: Plan, { campaignId, t0Ms }: PlanTimeline, manual: readonly ManualTier[]): Segment[] {
  const { beforeMs, afterMs, entry } = plan.tier1;
  const own: Segment = {
    tier: 1,
    fromMs: t0Ms - beforeMs,
    untilMs: t0Ms + afterMs,
    entryFromMs: t0Ms + entry.offsetMs,
  };
  // A tier set by hand releases the entry from when it was set, but does not release anew what tier 1 is releasing.
  const entryFromMs = (fromMs: number) => (own.fromMs <= fromMs && fromMs < own.untilMs ? own.entryFromMs : fromMs);
  return [
    own,
    ...manual.flatMap((one) =>
      one.campaignId === campaignId ? [{ ...one, entryFromMs: entryFromMs(one.fromMs) }] : [],
    ),
  ];
}

/** 1 while in force, then down to 0 in steps, the same steps on every machine. */
function strengthAt({ fromMs, untilMs }: Segment, nowMs: number, rampDownMs: number): number {
  if (nowMs < fromMs || fromMs >= untilMs) return 0;
  const pastMs = nowMs - untilMs;
  if (pastMs < 0) return 1;
  if (pastMs >= rampDownMs) return 0;
  const stepMs = rampStepMs(rampDownMs);
  return 1 - (Math.floor(pastMs / stepMs) * stepMs) / rampDownMs;
}

const rampStepMs = (rampDownMs: number) => Math.max(1, Math.floor(rampDownMs / RAMP_STEPS));

function nextChangeMs({ fromMs, untilMs }: Segment, nowMs: number, rampDownMs: number): number {
  if (fromMs >= untilMs) return FOREVER_MS;
  if (nowMs < fromMs) return fromMs;
  if (nowMs < untilMs) return untilMs;
  const pastMs = nowMs - untilMs;
  if (pastMs >= rampDownMs) return FOREVER_MS;
  const stepMs = rampStepMs(rampDownMs);
  return untilMs + Math.min(rampDownMs, (Math.floor(pastMs / stepMs) + 1) * stepMs);
}

function tierAt(segments: readonly Segment[], nowMs: number): Tier {
  let highest: Tier = 0;
  for (const { tier, fromMs, untilMs } of segments) {
    if (fromMs <= nowMs && nowMs < untilMs && tier > highest) highest = tier;
  }
  return highest;
}

function announcedAt(segments: readonly Segment[], nowMs: number): EffectivePolicy['announced'] {
  const now = tierAt(segments, nowMs);
  const ends = segments.map(({ untilMs }) => untilMs).filter((untilMs) => untilMs > nowMs);
  for (const atMs of ends.sort((a, b) => a - b)) {
    const tier = tierAt(segments, atMs);
    if (tier < now) return { tier, atMs };
  }
  return null;
}

function rampOf(plan: Plan, active: readonly Active[], nowMs: number): EffectivePolicy['ramp'] {
  const ends = active.filter(({ untilMs }) => untilMs <= nowMs).map(({ untilMs }) => untilMs + plan.rampDownMs);
  return ends.length === 0 ? null : { untilMs: Math.max(...ends) };
}

function strongest(active: readonly Active[]): number {
  return Math.max(0, ...active.map(({ strength }) => strength));
}

/** The latest release counts, so that a tier on top of another lets nobody in earlier. */
function entryOf(plan: Plan, inTier1: readonly Active[]): EffectivePolicy['entry'] {
  if (inTier1.length === 0) return { fromMs: 0, releaseOverMs: 0, countdown: false, hiddenFromSignedOut: false };
  const { releaseOverMs, countdown, hiddenFromSignedOut } = plan.tier1.entry;
  const fromMs = Math.max(...inTier1.map(({ entryFromMs }) => entryFromMs));
  return { fromMs, releaseOverMs, countdown, hiddenFromSignedOut };
}

/** While ramping down a limit grows as 1/strength, until it is the normal one or none. */
function limitAt(reduced: number | null, normal: number | null, strength: number): number | null {
  if (strength === 0 || reduced === null) return normal;
  return Math.min(Math.round(reduced / strength), normal ?? Infinity);
}

function capsOf({ normal, tier1 }: Plan, strength: number): Caps {
  const cap = (api: CappedApi) => limitAt(tier1.caps[api], normal.caps[api], strength);
  return { venue: cap('venue'), qualification: cap('qualification'), grab: cap('grab') };
}

function consumersOf({ normal, tier1 }: Plan, strength: number): ConsumerLimits {
  const limit = (name: keyof ConsumerLimits): ConsumerLimit => {
    const [reduced, usual] = [tier1.consumers[name], normal.consumers[name]];
    return {
      eventsPerSecond: limitAt(reduced.eventsPerSecond, usual.eventsPerSecond, strength),
      concurrency: limitAt(reduced.concurrency, usual.concurrency, strength),
    };
  };
  return {
    payout: limit('payout'),
    income: limit('income'),
    'spent-qualifications': limit('spent-qualifications'),
  };
}

const NOBODY: DropShares = { pay: 0, grab: 0, qualify: 0, browse: 0 };

function sharesOf(
  planned: DropShares,
  active: readonly Active[],
  override: (one: Active) => number | undefined,
): DropShares {
  const shares = { ...NOBODY };
  for (const one of active) {
    const scaled = scaleShares(planned, override(one));
    for (const priority of PRIORITIES) shares[priority] = Math.max(shares[priority], scaled[priority] * one.strength);
  }
  return shares;
}

/** `browse` takes the place of the planned share for browsing; the others keep their proportion to it. */
function scaleShares(planned: DropShares, browse: number | undefined): DropShares {
  if (browse === undefined) return planned;
  if (planned.browse === 0) return { ...planned, browse };
  // Rounding must not take another above it.
  const scale = (share: number) => Math.min(browse, (share * browse) / planned.browse);
  return { pay: scale(planned.pay), grab: scale(planned.grab), qualify: scale(planned.qualify), browse };
}

function pollIntervalOf({ normal, tier1, tier2, tier3 }: Plan, active: readonly Active[]): number {
  const highest = Math.max(0, ...active.map(({ tier }) => tier));
  if (highest >= 3) return tier3.pollIntervalMs;
  if (highest === 2) return tier2.pollIntervalMs;
  return highest === 1 ? tier1.pollIntervalMs : normal.pollIntervalMs;
}
