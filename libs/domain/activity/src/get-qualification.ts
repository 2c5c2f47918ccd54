import { type CampaignStore, type Qualification, type Qualifications, type QualificationTokens } from './ports';
import { type Refusal } from './refusal';

export type GetQualificationResult =
  | { readonly outcome: 'OK'; readonly qualification: Qualification; readonly token: string }
  | Refusal<'NO_SUCH_CAMPAIGN' | 'NOT_QUALIFIED' | 'QUALIFICATION_SPENT'>;

/**
 * The user's right to grab, as a token that holds until the campaign closes. Whether a redemption is still on its way here
 * is not known: such a user is not qualified yet.
 */
export class GetQualification {
  constructor(
    private readonly campaigns: CampaignStore,
    private readonly qualifications: Qualifications,
    private readonly tokens: QualificationTokens,
  ) {}

  async run(campaignId: string, userId: string): Promise<GetQualificationResult> {
    const campaign = await this.campaigns.find(campaignId);
    if (campaign?.state !== 'PUBLISHED') return { outcome: 'NO_SUCH_CAMPAIGN', detail: 'there is no such campaign' };
    const qualification = await this.qualifications.find(campaignId, userId);
    if (qualification === undefined) return { outcome: 'NOT_QUALIFIED', detail: 'no set has been redeemed' };
    if (qualification.spent) return { outcome: 'QUALIFICATION_SPENT', detail: 'the qualification has led to a unit' };
    const { poolId, qualificationId } = qualification;
    const expiresAtMs = campaign.timeline.closesAtMs;
    return {
      outcome: 'OK',
      qualification,
      token: this.tokens.sign({ userId, campaignId, poolId, qualificationId, expiresAtMs }),
    };
  }
}
