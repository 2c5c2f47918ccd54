import { HEX_32_PATTERN } from '@floodgate/domain/packets';
import { type Clock } from '@floodgate/kernel';
import { type Campaign, hasPackets } from './campaign';
import { type Approval } from './draft-secrets';
import { type CampaignStore } from './ports';
import { type Refusal } from './refusal';

export type ApproveCampaignResult =
  | { readonly outcome: 'OK'; readonly campaign: Campaign }
  | Refusal<'NO_SUCH_CAMPAIGN' | 'INVALID_REQUEST' | 'FORBIDDEN' | 'CONFLICT'>;

/**
 * The second person's yes to a campaign with packets, and their commitment to a secret of their own. Who approves has not seen
 * the author's secret, and cannot change their own any more. The same approval again is answered the same.
 */
export class ApproveCampaign {
  constructor(
    private readonly campaigns: CampaignStore,
    private readonly clock: Clock,
  ) {}

  async run(approval: Approval): Promise<ApproveCampaignResult> {
    const { campaignId, approverId, commitment } = approval;
    const found = await this.campaigns.findWithSecrets(campaignId);
    if (found === undefined) return { outcome: 'NO_SUCH_CAMPAIGN', detail: 'there is no such campaign' };
    const { campaign, secrets } = found;
    if (!hasPackets(campaign)) return invalid('campaignId', 'a campaign without packets needs no approval');
    if (secrets.authorId === approverId) {
      return { outcome: 'FORBIDDEN', detail: 'a campaign is approved by another operator than its author' };
    }
    if (!HEX_32_PATTERN.test(commitment)) {
      return invalid('commitment', "must be the SHA-256 of the approver's secret, 64 hex digits");
    }
    if (commitment === secrets.authorCommitment) return invalid('commitment', 'is the one of the author');
    // False when it is approved already, by whomever.
    await this.campaigns.approve(approval, this.clock.nowMs());
    const kept = await this.campaigns.findWithSecrets(campaignId);
    if (kept?.secrets.approverId !== approverId || kept.secrets.approverCommitment !== commitment) {
      return { outcome: 'CONFLICT', detail: 'commitment: the campaign is approved with another', field: 'commitment' };
    }
    return { outcome: 'OK', campaign: kept.campaign };
  }
}

const invalid = (field: string, reason: string): Refusal<'INVALID_REQUEST'> => ({
  outcome: 'INVALID_REQUEST',
  detail: `${field}: ${reason}`,
  field,
});
