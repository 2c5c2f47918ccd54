import { type Clock } from '@floodgate/kernel';
import { type Campaign, type CampaignSpec, differingField } from './campaign';
import { checkCampaign } from './check-campaign';
import { type CampaignStore } from './ports';
import { type Refusal } from './refusal';

export type CreateCampaignResult =
  { readonly outcome: 'OK'; readonly campaign: Campaign } | Refusal<'INVALID_REQUEST' | 'CONFLICT'>;

/** Keeps a draft. The same spec again is answered with what is kept, whatever its state; another under the same id is a conflict. */
export class CreateCampaign {
  constructor(
    private readonly campaigns: CampaignStore,
    private readonly clock: Clock,
  ) {}

  async run(spec: CampaignSpec, operatorId: string): Promise<CreateCampaignResult> {
    const violation = checkCampaign(spec);
    if (violation) {
      const { field, reason } = violation;
      return { outcome: 'INVALID_REQUEST', detail: `${field}: ${reason}`, field };
    }
    if (await this.campaigns.addDraft(spec, operatorId, this.clock.nowMs())) {
      return { outcome: 'OK', campaign: { ...spec, state: 'DRAFT', approverCommitment: undefined, seals: [] } };
    }
    const kept = await this.campaigns.find(spec.campaignId);
    if (kept === undefined) throw new Error(`the id ${spec.campaignId} is taken, yet no campaign has it`);
    const field = differingField(kept, spec);
    if (field === undefined) return { outcome: 'OK', campaign: kept };
    return { outcome: 'CONFLICT', detail: `${field}: is another in the campaign that has this id`, field };
  }
}
