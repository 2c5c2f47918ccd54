import { type CardCampaign, drawingWindow } from './campaign';
import { type CardCampaigns, type Holdings } from './ports';
import { type Refusal } from './refusal';

const POLL_AFTER_MS_MAX = 60_000;
const POLL_FOR_CAMPAIGN_MS = 500;

export type CampaignRefusal = Refusal<'NO_SUCH_CAMPAIGN' | 'WAIT'>;
export type WindowRefusal = Refusal<'NOT_OPEN_YET' | 'CLOSED'>;

/**
 * The campaign, or why there is none. Tasks and campaigns arrive on different topics, so a user's draws can be here before
 * the campaign is: then it is on its way.
 */
export async function findCampaign(
  campaigns: CardCampaigns,
  holdings: Holdings,
  campaignId: string,
  userId: string,
): Promise<CardCampaign | CampaignRefusal> {
  const campaign = await campaigns.find(campaignId);
  if (campaign && campaign.cardIds.length > 0) return campaign;
  if (campaign === undefined && (await holdings.find(campaignId, userId)).takesPart) {
    return { outcome: 'WAIT', detail: 'the campaign is on its way here', pollAfterMs: POLL_FOR_CAMPAIGN_MS };
  }
  return { outcome: 'NO_SUCH_CAMPAIGN', detail: 'there is no campaign with cards under this id' };
}

/** Why nothing is drawn or redeemed at this instant; undefined when it is. */
export function outsideWindow(campaign: CardCampaign, nowMs: number): WindowRefusal | undefined {
  switch (drawingWindow(campaign, nowMs)) {
    case 'OPEN':
      return undefined;
    case 'BEFORE': {
      const pollAfterMs = Math.min(campaign.opensAtMs - nowMs, POLL_AFTER_MS_MAX);
      return { outcome: 'NOT_OPEN_YET', detail: 'the campaign has not opened', pollAfterMs };
    }
    case 'AFTER':
      return { outcome: 'CLOSED', detail: 'cards are not drawn or redeemed any more' };
  }
}
