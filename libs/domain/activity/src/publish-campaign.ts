import { type Clock } from '@floodgate/kernel';
import { type Campaign, t0Field, t0Ms } from './campaign';
import { type CampaignStore } from './ports';
import { type Refusal } from './refusal';

export type PublishCampaignResult =
  { readonly outcome: 'OK'; readonly campaign: Campaign } | Refusal<'NO_SUCH_CAMPAIGN' | 'INVALID_REQUEST'>;

/** Makes a draft public, for ever and once: publishing again changes nothing and is answered the same, even after T0. */
export class PublishCampaign {
  constructor(
    private readonly campaigns: CampaignStore,
    private readonly clock: Clock,
  ) {}

  async run(campaignId: string, operatorId: string): Promise<PublishCampaignResult> {
    const campaign = await this.campaigns.find(campaignId);
    if (campaign === undefined) return { outcome: 'NO_SUCH_CAMPAIGN', detail: 'there is no such campaign' };
    if (campaign.state === 'PUBLISHED') return { outcome: 'OK', campaign };
    const nowMs = this.clock.nowMs();
    if (t0Ms(campaign) <= nowMs) {
      const field = t0Field(campaign);
      return { outcome: 'INVALID_REQUEST', detail: `${field}: lies in the past`, field };
    }
    // False when somebody else published it in between, which comes to the same.
    await this.campaigns.publish(campaign, operatorId, nowMs);
    return { outcome: 'OK', campaign: { ...campaign, state: 'PUBLISHED' } };
  }
}
