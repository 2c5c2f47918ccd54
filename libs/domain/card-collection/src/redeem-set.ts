import { type Clock, type IdSource } from '@floodgate/kernel';
import { type CampaignRefusal, findCampaign, outsideWindow, type WindowRefusal } from './find-open-campaign';
import { type CardCampaigns, type Holdings, type Redemptions } from './ports';
import { type Refusal } from './refusal';

export type RedeemSetResult =
  | { readonly outcome: 'OK'; readonly redemptionId: string }
  | CampaignRefusal
  | WindowRefusal
  | Refusal<'SET_INCOMPLETE'>;

export interface RedeemSetPorts {
  readonly campaigns: CardCampaigns;
  readonly holdings: Holdings;
  readonly redemptions: Redemptions;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** Turns one of each card into a redemption, once a user and campaign; later calls get the first one's id, also after closing. */
export class RedeemSet {
  constructor(private readonly ports: RedeemSetPorts) {}

  async run(campaignId: string, userId: string): Promise<RedeemSetResult> {
    const { campaigns, holdings, redemptions, clock, ids } = this.ports;
    const earlier = await redemptions.find(campaignId, userId);
    if (earlier) return { outcome: 'OK', redemptionId: earlier.redemptionId };
    const campaign = await findCampaign(campaigns, holdings, campaignId, userId);
    if ('outcome' in campaign) return campaign;
    const redeemedAtMs = clock.nowMs();
    const refusal = outsideWindow(campaign, redeemedAtMs);
    if (refusal) return refusal;
    const redemption = { redemptionId: ids.next(), campaignId, userId, redeemedAtMs };
    const recorded = await redemptions.record(redemption, campaign.cardIds);
    switch (recorded.kind) {
      case 'REDEEMED':
        return { outcome: 'OK', redemptionId: recorded.redemptionId };
      case 'SET_INCOMPLETE':
        return { outcome: 'SET_INCOMPLETE', detail: 'at least one card is missing' };
    }
  }
}
