import { secretCommitment } from '@floodgate/domain/packets';
import { type FloodgateClient } from './floodgate-client';
import { type Result } from './results';
import { type CampaignSpec, type CampaignView } from './views';

export interface Secret {
  /** 32 random bytes as 64 hex digits. Tell it to nobody before both people have committed to theirs, and keep it until then. */
  readonly secret: string;
  /** Its SHA-256, to be told at once. */
  readonly commitment: string;
}

/** One person's part in the seed of a campaign's packets. */
export function newSecret(): Secret {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(32));
  const secret = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { secret, commitment: secretCommitment(secret) };
}

/**
 * Both people's way from a campaign to its publication, where one program acts for both, as in a demonstration or a test. In
 * earnest each does their own part, and neither lets go of their secret before the other has committed. Stops at the first
 * refusal and returns it.
 */
export async function publishByTwo(
  author: FloodgateClient,
  approver: FloodgateClient,
  spec: CampaignSpec,
): Promise<Result<{ campaign: CampaignView }>> {
  const { campaignId } = spec;
  if (!spec.pools.some(({ packets }) => packets !== undefined)) {
    const created = await author.createCampaign(spec);
    return created.outcome === 'OK' ? author.publishCampaign(campaignId) : created;
  }
  const authors = newSecret();
  const approvers = newSecret();
  const steps = [
    () => author.createCampaign({ ...spec, authorCommitment: authors.commitment }),
    () => approver.approveCampaign(campaignId, approvers.commitment),
    () => author.showSecret(campaignId, authors.secret),
    () => approver.showSecret(campaignId, approvers.secret),
  ];
  for (const step of steps) {
    const result = await step();
    if (result.outcome !== 'OK') return result;
  }
  return author.publishCampaign(campaignId);
}
