import { type Card, type CardCampaign } from './campaign';

/** The published campaigns this context knows of. */
export interface CardCampaigns {
  find(campaignId: string): Promise<CardCampaign | undefined>;
  /** The cards with how many are minted now, which may be out of date by the time it is read. */
  cards(campaignId: string): Promise<Card[]>;
}

export interface Draw {
  readonly drawId: string;
  readonly campaignId: string;
  readonly userId: string;
  readonly cardId: string;
  readonly drawnAtMs: number;
}

export type RecordedDraw =
  | { readonly kind: 'RECORDED'; readonly drawsLeft: number }
  /** This user has used this drawId in this campaign: it has its card already. */
  | { readonly kind: 'DRAW_ID_USED' }
  | { readonly kind: 'NO_DRAWS_LEFT' }
  /** Others minted the last one of this card in between: pick again. */
  | { readonly kind: 'BUDGET_USED_UP' };

/** Names a draw. Clients make drawIds, so one counts only together with its user: a stranger's equal id is another draw. */
export type DrawKey = Pick<Draw, 'campaignId' | 'userId' | 'drawId'>;

export interface Draws {
  find(draw: DrawKey): Promise<Draw | undefined>;
  /** Spends a draw, mints the card and hands it over, together with card-drawn: all of it or nothing. */
  record(draw: Draw): Promise<RecordedDraw>;
}

export interface HeldCard {
  readonly cardId: string;
  readonly count: number;
}

/** What one user has in one campaign. */
export interface Holding {
  /** Cards with a count above zero. */
  readonly cards: readonly HeldCard[];
  readonly drawsLeft: number;
  /** True once any task has been counted, whether draws are left or not. */
  readonly takesPart: boolean;
}

export interface Holdings {
  find(campaignId: string, userId: string): Promise<Holding>;
}

export interface Redemption {
  readonly redemptionId: string;
  readonly campaignId: string;
  readonly userId: string;
  readonly redeemedAtMs: number;
}

export type RecordedRedemption =
  { readonly kind: 'REDEEMED'; readonly redemptionId: string } | { readonly kind: 'SET_INCOMPLETE' };

export interface Redemptions {
  find(campaignId: string, userId: string): Promise<Redemption | undefined>;
  /**
   * Takes one of each of `cardIds` and keeps the redemption, together with set-redeemed: all of it or nothing. A user who
   * has redeemed before gets the first redemption's id.
   */
  record(redemption: Redemption, cardIds: readonly string[]): Promise<RecordedRedemption>;
}
