/** A kind of card in one campaign, with how many of it have been minted so far. */
export interface Card {
  readonly cardId: string;
  /** Relative odds among the cards whose budget is not used up. */
  readonly weight: number;
  /** How many may ever be minted. */
  readonly budget: number;
  readonly minted: number;
}

/** What this context keeps of a published campaign. A sale has no cards. */
export interface CardCampaign {
  readonly campaignId: string;
  readonly opensAtMs: number;
  /** The last instant at which a card can be drawn and a set redeemed. */
  readonly qualifyUntilMs: number;
  /** One of each of these is a set. */
  readonly cardIds: readonly string[];
}

/** Where an instant lies in the time in which cards are drawn and sets redeemed. Both ends belong to it. */
export function drawingWindow(campaign: CardCampaign, nowMs: number): 'BEFORE' | 'OPEN' | 'AFTER' {
  if (nowMs < campaign.opensAtMs) return 'BEFORE';
  return nowMs <= campaign.qualifyUntilMs ? 'OPEN' : 'AFTER';
}
