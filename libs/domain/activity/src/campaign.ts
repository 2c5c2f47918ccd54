export type CampaignKind = 'CARD_SPLIT' | 'TIMED_SALE';
export type CampaignState = 'DRAFT' | 'PUBLISHED';
export type Settlement = 'ORDER' | 'PAYOUT';
/** How proposals are made for a pool; inventory's AdmissionStrategy says what each is. */
export type AdmissionStrategy = 'SHARDED_COUNTERS' | 'LOCAL_QUOTA' | 'UNIT_QUEUE' | 'MEMORY';
export type PacketMode = 'EQUAL' | 'RANDOM' | 'LEVELS';

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
  /** Both 0 when the mode is not RANDOM and no bounds were given. */
  readonly minFen: number;
  readonly maxFen: number;
  /** Mode LEVELS only, otherwise empty: so many packets of one amount each. */
  readonly levels: readonly { readonly amountFen: number; readonly count: number }[];
}

export interface PriceSpec {
  readonly priceFen: number;
  readonly payWithinMs: number;
}

export interface PoolSpec {
  readonly poolId: string;
  /** 0 in a pool of one share for everyone qualified: there it is counted at qualifyUntil. */
  readonly stock: number;
  readonly shards: number;
  readonly strategy: AdmissionStrategy;
  readonly settlement: Settlement;
  readonly sharePerQualified: boolean;
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
  /** SHA-256 of the author's secret; only a campaign with packets has one. */
  readonly authorCommitment: string | undefined;
}

export interface Campaign extends CampaignSpec {
  readonly state: CampaignState;
  readonly approverCommitment: string | undefined;
  /** One a pool with packets, from publishing on. */
  readonly seals: readonly PoolSeal[];
}

/** What decides the amounts of a pool's packets. All but the commitment stays on the platform until the pool is closed. */
export interface PoolSeal {
  readonly poolId: string;
  readonly authorSecret: string;
  readonly approverSecret: string;
  readonly seed: string;
  /** Undefined in a pool of one share for everyone qualified until they are counted. */
  readonly fixed: FixedPackets | undefined;
}

/** What nobody can change any more. */
export interface FixedPackets {
  readonly stock: number;
  readonly totalFen: number;
  readonly commitment: string;
}

/** Whether nothing about the pool's packets can change any more. */
export function isFixed({ seals }: Campaign, poolId: string): boolean {
  return seals.some((seal) => seal.poolId === poolId && seal.fixed !== undefined);
}

export function hasPackets({ pools }: CampaignSpec): boolean {
  return pools.some(({ packets }) => packets !== undefined);
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

/** The first field in which two specs differ, such as `pools.0.stock`; undefined when they say the same. */
export function differingField(one: CampaignSpec, other: CampaignSpec): string | undefined {
  return differing(specOf(one), specOf(other), []);
}

function differing(one: unknown, other: unknown, path: readonly string[]): string | undefined {
  if (!isTree(one) || !isTree(other)) return one === other ? undefined : path.join('.');
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const field = differing(one[name], other[name], [...path, name]);
    if (field !== undefined) return field;
  }
  return undefined;
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function specOf(campaign: CampaignSpec): CampaignSpec {
  const { campaignId, kind, titleZh, titleEn, timeline, cards, tasks, pools, authorCommitment } = campaign;
  return { campaignId, kind, titleZh, titleEn, timeline, cards, tasks, pools, authorCommitment };
}
