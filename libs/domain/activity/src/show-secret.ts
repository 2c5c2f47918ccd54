import { HEX_32_PATTERN, secretCommitment } from '@floodgate/domain/packets';
import { type Campaign } from './campaign';
import { type CampaignStore } from './ports';
import { type Refusal } from './refusal';

export type ShowSecretResult =
  | { readonly outcome: 'OK'; readonly campaign: Campaign }
  | Refusal<'NO_SUCH_CAMPAIGN' | 'INVALID_REQUEST' | 'FORBIDDEN'>;

/**
 * Takes in the secret of the author or of the approver: only once both have committed to theirs, so that neither can be chosen
 * for the other, and only the one committed to. The same secret again is answered the same.
 */
export class ShowSecret {
  constructor(private readonly campaigns: CampaignStore) {}

  async run(campaignId: string, operatorId: string, secret: string): Promise<ShowSecretResult> {
    const found = await this.campaigns.findWithSecrets(campaignId);
    if (found === undefined) return { outcome: 'NO_SUCH_CAMPAIGN', detail: 'there is no such campaign' };
    const { campaign, secrets } = found;
    const isAuthor = secrets.authorId === operatorId;
    if (!isAuthor && secrets.approverId !== operatorId) {
      return { outcome: 'FORBIDDEN', detail: 'secrets are shown by the author and by the approver of the campaign' };
    }
    const { authorCommitment, approverCommitment } = secrets;
    if (authorCommitment === undefined || approverCommitment === undefined) {
      return {
        outcome: 'INVALID_REQUEST',
        detail: 'approverCommitment: no secret may be shown before both have committed to theirs',
        field: 'approverCommitment',
      };
    }
    const commitment = isAuthor ? authorCommitment : approverCommitment;
    if (!HEX_32_PATTERN.test(secret) || secretCommitment(secret) !== commitment) {
      return { outcome: 'INVALID_REQUEST', detail: 'secret: is not the one committed to', field: 'secret' };
    }
    await this.campaigns.keepSecret(campaignId, isAuthor ? 'author' : 'approver', secret);
    return { outcome: 'OK', campaign };
  }
}
