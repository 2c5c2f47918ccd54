/** 0 is normal. Tiers add up: 3 does what 2 does, 2 what 1 does. */
export type Tier = 0 | 1 | 2 | 3;

/** What a request is for, from what is shed last to what is shed first. */
export const PRIORITIES = ['pay', 'grab', 'qualify', 'browse'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What a participant can ask for, but for results and one's own orders and payouts, which are never shed. */
export const APIS = ['venue', 'entry', 'task', 'draw', 'cards', 'redeem', 'qualification', 'grab', 'pay'] as const;
export type Api = (typeof APIS)[number];

/** APIs whose rate is limited over the whole platform. */
export const CAPPED_APIS = ['venue', 'qualification', 'grab'] as const satisfies readonly Api[];
export type CappedApi = (typeof CAPPED_APIS)[number];

/** Consumers that may be slowed down, for what they do is not waited for at the moment. */
export const SLOWED_CONSUMERS = ['payout', 'income', 'spent-qualifications'] as const;
export type SlowedConsumer = (typeof SLOWED_CONSUMERS)[number];

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

/** Of one instance; null is no limit. */
export interface ConsumerLimit {
  readonly eventsPerSecond: number | null;
  /** Partitions taken at a time. */
  readonly concurrency: number | null;
}

export type ConsumerLimits = Readonly<Record<SlowedConsumer, ConsumerLimit>>;

/** Who may grab at all is drawn anew each round, by hash of user and round; who is not is told NOT_DRAWN. */
export interface Lottery {
  /** From 0, nobody, to 1, everybody. */
  readonly drawnShare: number;
  readonly roundMs: number;
}

/** Where those wait whom a cap does not let through at once. */
export interface RoomSpec {
  readonly open: Switch;
  /** People may come so long before T0; at T0 they are shuffled. */
  readonly beforeMs: number;
  /** How many a second are let out over the whole platform, at most; null: as fast as the grab's cap, or without one as fast as grabs are answered. */
  readonly perSecond: number | null;
}

/** The degradation plan: what each tier does. Plain data, the same for every campaign. */
export interface Plan {
  readonly title: string;
  /** Going down a tier takes so long; going up is at once. */
  readonly rampDownMs: number;
  /** How long a tier that is set by hand lasts when nobody says otherwise. */
  readonly manualTtlMs: number;
  /** What each API's requests are for, and so what is shed before what. */
  readonly priorities: Readonly<Record<Api, Priority>>;
  readonly normal: {
    /** How often a client that waits for something asks again. */
    readonly pollIntervalMs: number;
    readonly caps: Caps;
    readonly consumers: ConsumerLimits;
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
      /** Clients count down to each person's own moment. */
      readonly countdown: boolean;
      readonly hiddenFromSignedOut: boolean;
    };
    readonly caps: Caps;
    readonly room: RoomSpec;
    /** The non-critical call at the entry; it can also be switched off by hand. */
    readonly participateStatus: Switch;
    readonly reissue: Switch;
    /** A spent qualification whose transfer failed is paid later, not tried at once. */
    readonly payoutQueued: boolean;
    readonly pageReduced: boolean;
    /** Whether a grab takes a solved challenge. */
    readonly challenge: Switch;
    readonly lottery: Lottery;
    readonly consumers: ConsumerLimits;
    readonly pollIntervalMs: number;
  };
  readonly tier2: { readonly serverDrop: DropSpec; readonly challenge: Switch; readonly pollIntervalMs: number };
  readonly tier3: { readonly clientDrop: DropSpec; readonly pollIntervalMs: number };
}
