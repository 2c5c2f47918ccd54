import { type CampaignRefusal, findCampaign } from './find-open-campaign';
import { type CardCampaigns, type HeldCard, type Holdings, type Redemptions } from './ports';

export type GetCardsResult =
  | {
      readonly outcome: 'OK';
      readonly cards: readonly HeldCard[];
      readonly drawsLeft: number;
      readonly setComplete: boolean;
      readonly redeemed: boolean;
    }
  | CampaignRefusal;

/** What a user holds, in the order in which the campaign names its cards. */
export class GetCards {
  constructor(
    private readonly campaigns: CardCampaigns,
    private readonly holdings: Holdings,
    private readonly redemptions: Redemptions,
  ) {}

  async run(campaignId: string, userId: string): Promise<GetCardsResult> {
    const campaign = await findCampaign(this.campaigns, this.holdings, campaignId, userId);
    if ('outcome' in campaign) return campaign;
    const [holding, redemption] = await Promise.all([
      this.holdings.find(campaignId, userId),
      this.redemptions.find(campaignId, userId),
    ]);
    const counts = new Map(holding.cards.map(({ cardId, count }) => [cardId, count]));
    return {
      outcome: 'OK',
      cards: campaign.cardIds.flatMap((cardId) => {
        const count = counts.get(cardId);
        return count === undefined ? [] : [{ cardId, count }];
      }),
      drawsLeft: holding.drawsLeft,
      setComplete: campaign.cardIds.every((cardId) => counts.has(cardId)),
      redeemed: redemption !== undefined,
    };
  }
}
