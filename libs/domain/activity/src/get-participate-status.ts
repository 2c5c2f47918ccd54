import { type CampaignStore, type Qualifications, type TaskCompletions } from './ports';
import { type Refusal } from './refusal';

export type ParticipateStatusResult =
  | { readonly outcome: 'OK'; readonly tasksCompleted: number; readonly qualified: boolean }
  | Refusal<'NO_SUCH_CAMPAIGN'>;

/** What the entry page shows of a user's progress. Not critical: the plan may switch its callers off. */
export class GetParticipateStatus {
  constructor(
    private readonly campaigns: CampaignStore,
    private readonly completions: TaskCompletions,
    private readonly qualifications: Qualifications,
  ) {}

  async run(campaignId: string, userId: string): Promise<ParticipateStatusResult> {
    const campaign = await this.campaigns.find(campaignId);
    if (campaign?.state !== 'PUBLISHED') return { outcome: 'NO_SUCH_CAMPAIGN', detail: 'there is no such campaign' };
    const [tasksCompleted, qualification] = await Promise.all([
      this.completions.count(campaignId, userId),
      this.qualifications.find(campaignId, userId),
    ]);
    return { outcome: 'OK', tasksCompleted, qualified: qualification !== undefined };
  }
}
