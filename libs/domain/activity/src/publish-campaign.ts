import { type Clock } from '@floodgate/kernel';
import { type Campaign, hasPackets, type PoolSeal, t0Field, t0Ms } from './campaign';
import { type DraftSecrets } from './draft-secrets';
import { type CampaignStore } from './ports';
import { type Refusal } from './refusal';
import { sealPools } from './seal-pools';

export type PublishCampaignResult =
  { readonly outcome: 'OK'; readonly campaign: Campaign } | Refusal<'NO_SUCH_CAMPAIGN' | 'INVALID_REQUEST'>;

/**
 * Makes a draft public, for ever and once: publishing again changes nothing and is answered the same, even after T0. The amounts
 * of all packets are fixed by it, out of two secrets.
 */
export class PublishCampaign {
  constructor(
    private readonly campaigns: CampaignStore,
    private readonly clock: Clock,
  ) {}

  async run(campaignId: string, operatorId: string): Promise<PublishCampaignResult> {
    const found = await this.campaigns.findWithSecrets(campaignId);
    if (found === undefined) return { outcome: 'NO_SUCH_CAMPAIGN', detail: 'there is no such campaign' };
    const { campaign, secrets } = found;
    if (campaign.state === 'PUBLISHED') return { outcome: 'OK', campaign };
    const nowMs = this.clock.nowMs();
    if (t0Ms(campaign) <= nowMs) {
      const field = t0Field(campaign);
      return { outcome: 'INVALID_REQUEST', detail: `${field}: lies in the past`, field };
    }
    const seals = hasPackets(campaign) ? sealsOf(campaign, secrets) : [];
    if (!Array.isArray(seals)) return seals;
    const published: Campaign = { ...campaign, state: 'PUBLISHED', seals };
    // False when somebody else published it in between, which comes to the same.
    await this.campaigns.publish(published, operatorId, nowMs);
    return { outcome: 'OK', campaign: published };
  }
}

function sealsOf(campaign: Campaign, secrets: DraftSecrets): PoolSeal[] | Refusal<'INVALID_REQUEST'> {
  const { authorSecret, approverSecret } = secrets;
  if (secrets.approverCommitment === undefined) return missing('approverCommitment', 'no second operator has approved');
  if (authorSecret === undefined) return missing('authorSecret', 'the author has not shown their secret');
  if (approverSecret === undefined) return missing('approverSecret', 'the approver has not shown their secret');
  return sealPools(campaign, { authorSecret, approverSecret });
}

const missing = (field: string, reason: string): Refusal<'INVALID_REQUEST'> => ({
  outcome: 'INVALID_REQUEST',
  detail: `${field}: ${reason}`,
  field,
});
