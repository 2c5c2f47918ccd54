export type CampaignKind = 'CARD_SPLIT' | 'TIMED_SALE';
export type CampaignState = 'DRAFT' | 'PUBLISHED';
export type Settlement = 'ORDER' | 'PAYOUT';
/** How proposals are made for a pool; inventory's AdmissionStrategy says what each is. */
export type AdmissionStrategy = 'SHARDED_COUNTERS' | 'LOCAL_QUOTA' | 'UNIT_QUEUE' | 'MEMORY';
export type PacketMode = 'EQUAL' | 'RANDOM';

/** Instants in milliseconds since 1970 UTC, by database time. */
export interface Timeline {
  readonly warmUpAtMs: number;
  readonly opensAtMs: number;
  /** Card split only: the last instant at which a task counts or a set can be redeemed. */
  readonly qualifyUntilMs: number | undefined;
  /** Card split only. */
  readonly splitAtMs: number | undefined;
  readonly closesAtMs: number;
  readonly settleByMs: number;
}

export interface CardSpec {
  readonly cardId: string;
  readonly nameZh: string;
  readonly nameEn: string;
  readonly weight: number;
  readonly budget: number;
}

export interface TaskSpec {
  readonly taskId: string;
  readonly nameZh: string;
  readonly nameEn: string;
  /** Draws earned by completing the task once. */
  readonly draws: number;
}

export interface PacketSpec {
  readonly mode: PacketMode;
  readonly totalFen: number;
  /** Both 0 when the mode is EQUAL and no bounds were given. */
  readonly minFen: number;
  readonly maxFen: number;
  readonly seed: string;
}

export interface PriceSpec {
  readonly priceFen: number;
  readonly payWithinMs: number;
}

export interface PoolSpec {
  readonly poolId: string;
  readonly stock: number;
  readonly shards: number;
  readonly strategy: AdmissionStrategy;
  readonly settlement: Settlement;
  readonly packets: PacketSpec | undefined;
  readonly price: PriceSpec | undefined;
}

/** What the operator decides. Once published it never changes. */
export interface CampaignSpec {
  readonly campaignId: string;
  readonly kind: CampaignKind;
  readonly titleZh: string;
  readonly titleEn: string;
  readonly timeline: Timeline;
  readonly cards: readonly CardSpec[];
  readonly tasks: readonly TaskSpec[];
  readonly pools: readonly PoolSpec[];
}

export interface Campaign extends CampaignSpec {
  readonly state: CampaignState;
}

/** T0, the moment of the grab: the split of a card split, the opening of a sale. */
export function t0Ms({ timeline }: CampaignSpec): number {
  return timeline.splitAtMs ?? timeline.opensAtMs;
}

/** The field that holds T0, for refusals that name it. */
export function t0Field({ timeline }: CampaignSpec): string {
  return timeline.splitAtMs === undefined ? 'timeline.opensAtMs' : 'timeline.splitAtMs';
}

/** The pool a redeemed set qualifies for: the first that pays out. A sale has none. */
export function qualifyingPool(campaign: CampaignSpec): PoolSpec | undefined {
  if (campaign.kind !== 'CARD_SPLIT') return undefined;
  return campaign.pools.find((pool) => pool.settlement === 'PAYOUT');
}

/** Where an instant lies in the time in which tasks count. Both ends belong to it. */
export function qualifyingWindow({ timeline }: CampaignSpec, nowMs: number): 'BEFORE' | 'OPEN' | 'AFTER' {
  if (nowMs < timeline.opensAtMs) return 'BEFORE';
  return nowMs <= (timeline.qualifyUntilMs ?? timeline.closesAtMs) ? 'OPEN' : 'AFTER';
}

/** True when both say the same in every field. Specs are built field by field in one place, so their JSON is canonical. */
export function sameSpec(one: CampaignSpec, other: CampaignSpec): boolean {
  return JSON.stringify(specOf(one)) === JSON.stringify(specOf(other));
}

function specOf({ campaignId, kind, titleZh, titleEn, timeline, cards, tasks, pools }: CampaignSpec): CampaignSpec {
  return { campaignId, kind, titleZh, titleEn, timeline, cards, tasks, pools };
}
