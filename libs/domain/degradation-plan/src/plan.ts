/** 0 is normal. Tiers add up: 3 does what 2 does, 2 what 1 does. */
export type Tier = 0 | 1 | 2 | 3;

/** APIs whose rate is limited over the whole platform. */
export const CAPPED_APIS = ['venue', 'qualification', 'grab'] as const;
export type CappedApi = (typeof CAPPED_APIS)[number];

/** What a request is for, from what is shed last to what is shed first. */
export const PRIORITIES = ['pay', 'grab', 'qualify', 'browse'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Requests a second over the whole platform; null is no cap. */
export type Caps = Readonly<Record<CappedApi, number | null>>;

/** The share of people to drop, from 0 to 1, by what they want to do. */
export type DropShares = Readonly<Record<Priority, number>>;

export type Switch = 'on' | 'off';

export interface DropSpec {
  readonly shares: DropShares;
  /** Who is dropped stays the same for so long; windows are anchored to T0. */
  readonly windowMs: number;
}

/** The degradation plan: what each tier does. Plain data, the same for every campaign. */
export interface Plan {
  readonly title: string;
  /** Going down a tier takes so long; going up is at once. */
  readonly rampDownMs: number;
  /** How long a tier that is set by hand lasts when nobody says otherwise. */
  readonly manualTtlMs: number;
  readonly normal: {
    /** How often a client that waits for something asks again. */
    readonly pollIntervalMs: number;
    readonly caps: Caps;
  };
  readonly tier1: {
    /** Tier 1 comes by itself from so long before T0 ... */
    readonly beforeMs: number;
    /** ... until so long after. */
    readonly afterMs: number;
    readonly entry: {
      /** The release begins at T0 plus this; may be negative. */
      readonly offsetMs: number;
      /** People are let in evenly over this time. */
      readonly releaseOverMs: number;
      readonly hiddenFromSignedOut: boolean;
    };
    readonly caps: Caps;
    /** The non-critical call at the entry; it can also be switched off by hand. */
    readonly participateStatus: Switch;
    readonly reissue: Switch;
    /** A spent qualification whose transfer failed is paid later, not tried at once. */
    readonly payoutQueued: boolean;
    readonly pageReduced: boolean;
    readonly pollIntervalMs: number;
  };
  readonly tier2: { readonly serverDrop: DropSpec; readonly pollIntervalMs: number };
  readonly tier3: { readonly clientDrop: DropSpec; readonly pollIntervalMs: number };
}

const MINUTE_MS = 60_000;
const REFERENCE_CAP = 1_000_000;

/** The plan that holds until an operator publishes another: the reference event's figures. */
export const REFERENCE_PLAN: Plan = {
  title: 'reference plan',
  rampDownMs: MINUTE_MS,
  manualTtlMs: 15 * MINUTE_MS,
  normal: { pollIntervalMs: 3_000, caps: { venue: null, qualification: null, grab: null } },
  tier1: {
    beforeMs: 5 * MINUTE_MS,
    afterMs: 5 * MINUTE_MS,
    entry: { offsetMs: 0, releaseOverMs: MINUTE_MS, hiddenFromSignedOut: true },
    caps: { venue: REFERENCE_CAP, qualification: REFERENCE_CAP, grab: REFERENCE_CAP },
    participateStatus: 'on',
    reissue: 'off',
    payoutQueued: true,
    pageReduced: true,
    pollIntervalMs: 3_000,
  },
  tier2: {
    serverDrop: { shares: { pay: 0, grab: 0.3, qualify: 0.5, browse: 0.5 }, windowMs: 2 * MINUTE_MS },
    pollIntervalMs: 5_000,
  },
  tier3: {
    clientDrop: { shares: { pay: 0, grab: 0.3, qualify: 0.5, browse: 0.5 }, windowMs: 2 * MINUTE_MS },
    pollIntervalMs: 10_000,
  },
};

export interface PlanFault {
  /** Path of the field that is wrong, such as `tier2.serverDrop.shares.pay`. */
  readonly field: string;
  readonly reason: string;
}

/** The first thing that makes a plan unfit to be used, beyond its types; undefined when it is sound. */
export function findPlanFault(plan: Plan): PlanFault | undefined {
  return (
    durationFault(plan) ??
    capFault('normal.caps', plan.normal.caps) ??
    capFault('tier1.caps', plan.tier1.caps) ??
    dropFault('tier2.serverDrop', plan.tier2.serverDrop) ??
    dropFault('tier3.clientDrop', plan.tier3.clientDrop) ??
    looserCapFault(plan)
  );
}

const WINDOW_MS_MIN = 1_000;
const POLL_INTERVAL_MS_MIN = 100;

function durationFault(plan: Plan): PlanFault | undefined {
  const { normal, tier1, tier2, tier3 } = plan;
  const atLeast: readonly (readonly [field: string, value: number, min: number])[] = [
    ['rampDownMs', plan.rampDownMs, 0],
    ['manualTtlMs', plan.manualTtlMs, 1],
    ['tier1.beforeMs', tier1.beforeMs, 0],
    ['tier1.afterMs', tier1.afterMs, 0],
    ['tier1.entry.releaseOverMs', tier1.entry.releaseOverMs, 0],
    ['tier2.serverDrop.windowMs', tier2.serverDrop.windowMs, WINDOW_MS_MIN],
    ['tier3.clientDrop.windowMs', tier3.clientDrop.windowMs, WINDOW_MS_MIN],
    ['normal.pollIntervalMs', normal.pollIntervalMs, POLL_INTERVAL_MS_MIN],
    ['tier1.pollIntervalMs', tier1.pollIntervalMs, normal.pollIntervalMs],
    ['tier2.pollIntervalMs', tier2.pollIntervalMs, tier1.pollIntervalMs],
    ['tier3.pollIntervalMs', tier3.pollIntervalMs, tier2.pollIntervalMs],
  ];
  const wrong = atLeast.find(([, value, min]) => !Number.isSafeInteger(value) || value < min);
  if (wrong) return { field: wrong[0], reason: `must be a whole number of milliseconds, at least ${wrong[2]}` };
  if (!Number.isSafeInteger(tier1.entry.offsetMs)) {
    return { field: 'tier1.entry.offsetMs', reason: 'must be a whole number of milliseconds' };
  }
  return undefined;
}

function capFault(path: string, caps: Caps): PlanFault | undefined {
  const api = CAPPED_APIS.find((name) => {
    const cap = caps[name];
    return cap !== null && (!Number.isSafeInteger(cap) || cap < 1);
  });
  return (
    api && {
      field: `${path}.${api}`,
      reason: 'must be a whole number of requests a second, at least 1, or null for no cap',
    }
  );
}

function looserCapFault({ normal, tier1 }: Plan): PlanFault | undefined {
  const api = CAPPED_APIS.find((name) => (tier1.caps[name] ?? Infinity) > (normal.caps[name] ?? Infinity));
  return api && { field: `tier1.caps.${api}`, reason: 'tier 1 must not admit more than normal' };
}

function dropFault(path: string, { shares }: DropSpec): PlanFault | undefined {
  const outside = PRIORITIES.find((priority) => !(shares[priority] >= 0 && shares[priority] <= 1));
  if (outside) return { field: `${path}.shares.${outside}`, reason: 'must be a share from 0 to 1' };
  for (const [index, priority] of PRIORITIES.entries()) {
    const next = PRIORITIES[index + 1];
    if (next !== undefined && shares[priority] > shares[next]) {
      return { field: `${path}.shares.${priority}`, reason: `would drop ${priority} before ${next}` };
    }
  }
  return undefined;
}
