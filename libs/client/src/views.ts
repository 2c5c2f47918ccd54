/** What the API sends and takes. Money is in fen (1/100 yuan), instants in milliseconds since 1970 UTC by database time. */

export interface Timeline {
  readonly warmUpAtMs: number;
  readonly opensAtMs: number;
  /** Card split only: the last instant at which a set can be redeemed. */
  readonly qualifyUntilMs?: number;
  /** Card split only: T0. A sale's T0 is opensAtMs. */
  readonly splitAtMs?: number;
  readonly closesAtMs: number;
  readonly settleByMs: number;
}

export interface CardSpec {
  readonly cardId: string;
  readonly nameZh: string;
  readonly nameEn: string;
  /** Relative odds among the cards whose budget is not used up. */
  readonly weight: number;
  readonly budget: number;
}

export interface TaskSpec {
  readonly taskId: string;
  readonly nameZh: string;
  readonly nameEn: string;
  readonly draws: number;
}

export type Settlement = 'ORDER' | 'PAYOUT';

/** How a pool's money is cut into packets. */
export interface PacketSpec {
  readonly mode: 'EQUAL' | 'RANDOM' | 'LEVELS';
  readonly totalFen: number;
  /** Bounds of each packet; needed with mode RANDOM. */
  readonly minFen?: number;
  readonly maxFen?: number;
  /** Mode LEVELS: so many packets of one amount each. */
  readonly levels?: readonly PacketLevel[];
}

export interface PacketLevel {
  readonly amountFen: number;
  readonly count: number;
}

export interface PacketView extends Required<PacketSpec> {
  /** Fixes every amount from publishing on, and tells none. */
  readonly commitment?: string;
}

export interface PriceSpec {
  readonly priceFen: number;
  readonly payWithinMs: number;
}

export interface PoolView {
  readonly poolId: string;
  readonly stock: number;
  readonly shards: number;
  readonly strategy: 'SHARDED_COUNTERS' | 'LOCAL_QUOTA' | 'UNIT_QUEUE' | 'MEMORY';
  readonly settlement: Settlement;
  /** One unit for everyone who qualifies in time: stock is 0 until they are counted. */
  readonly sharePerQualified: boolean;
  /** With settlement PAYOUT. */
  readonly packets?: PacketView;
  /** With settlement ORDER. */
  readonly price?: PriceSpec;
}

interface CampaignHead {
  readonly campaignId: string;
  readonly kind: 'CARD_SPLIT' | 'TIMED_SALE';
  readonly titleZh: string;
  readonly titleEn: string;
  readonly timeline: Timeline;
}

/** A pool as an operator describes it. */
export interface PoolSpec extends Omit<PoolView, 'packets' | 'strategy' | 'sharePerQualified'> {
  /** SHARDED_COUNTERS when absent. */
  readonly strategy?: PoolView['strategy'];
  readonly sharePerQualified?: boolean;
  readonly packets?: PacketSpec;
}

export interface CampaignSpec extends CampaignHead {
  readonly cards?: readonly CardSpec[];
  readonly tasks?: readonly TaskSpec[];
  readonly pools: readonly PoolSpec[];
  /** Of the author's secret (newSecret); needed where there are packets. */
  readonly authorCommitment?: string;
}

export interface CampaignView extends CampaignHead {
  readonly state: 'DRAFT' | 'PUBLISHED';
  readonly cards: readonly CardSpec[];
  readonly tasks: readonly TaskSpec[];
  readonly pools: readonly PoolView[];
  readonly authorCommitment?: string;
  readonly approverCommitment?: string;
}

/** What makes a pool's packets checkable. */
export interface Packets extends Required<PacketView> {
  /** Names the rules by which the packets are cut. */
  readonly version: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly stock: number;
  readonly authorCommitment: string;
  readonly approverCommitment: string;
  readonly t0Ms: number;
  readonly closesAtMs: number;
  /** When the commitment stood in the stock log. */
  readonly committedAtMs: number;
  /** Once the pool is closed and all that was granted is booked. */
  readonly revealed?: {
    readonly seed: string;
    readonly authorSecret: string;
    readonly approverSecret: string;
    readonly granted: number;
  };
}

export interface PoolCount {
  readonly poolId: string;
  readonly stock: number;
  readonly free: number;
  readonly held: number;
  readonly inTransit: number;
  readonly withdrawn: number;
  readonly ready: boolean;
}

export interface AdminCampaign {
  readonly campaign: CampaignView;
  readonly pools: readonly PoolCount[];
  /** Published, known to the gateway that answers, and every pool can be grabbed from. */
  readonly ready: boolean;
}

export interface Venue extends Omit<CampaignView, 'state'> {
  readonly nowMs: number;
  /** Units free by pool; of the last tenth of the stock only that it is no more than a tenth. Without pools of which nothing is known now. */
  readonly remaining: Readonly<Record<string, number>>;
  readonly availability: Readonly<Record<string, 'PLENTY' | 'FEW' | 'NONE'>>;
  readonly reduced: boolean;
}

export interface Entry {
  /** Left out while the plan has switched it off. */
  readonly status?: { readonly tasksCompleted: number; readonly qualified: boolean };
}

export interface Completion {
  readonly completionId: string;
  readonly draws: number;
}

export interface Draw {
  readonly cardId: string;
  readonly drawsLeft: number;
}

export interface Cards {
  readonly cards: readonly { readonly cardId: string; readonly count: number }[];
  readonly drawsLeft: number;
  readonly setComplete: boolean;
  readonly redeemed: boolean;
}

export interface Redemption {
  readonly redemptionId: string;
}

export interface Qualification {
  readonly qualificationId: string;
  readonly poolId: string;
  /** Goes into the grab. */
  readonly token: string;
}

export interface Payout {
  readonly payoutId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly grabId: string;
  readonly amountFen: number;
  /** SETTLED: the money has arrived. */
  readonly state: 'BOOKED' | 'SENT' | 'SETTLED' | 'FAILED';
  readonly attempts: number;
}

export interface Order {
  readonly orderId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly grabId: string;
  readonly unitNo: number;
  readonly priceFen: number;
  readonly state: 'PENDING' | 'PAID' | 'CANCELLED' | 'EXPIRED';
  readonly expiresAtMs: number;
  /** While PENDING: pays this order, once. */
  readonly checkoutToken?: string;
}
