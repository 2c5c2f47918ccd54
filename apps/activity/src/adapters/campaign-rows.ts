import { type Campaign, type PoolSeal } from '@floodgate/domain/activity';
import { Campaign as CampaignMessage } from '@floodgate/contracts';
import { fromCampaignMessage } from '../campaign-message';

export interface CampaignRow {
  campaignId: string;
  state: Campaign['state'];
  /** The draft as canonical proto3 JSON. */
  spec: string;
  /** PoolSeal[] as JSON, once published. */
  seals: string | null;
  approverCommitment: string | null;
}

/** The columns of a CampaignRow. */
export const CAMPAIGN_COLUMNS =
  'campaign_id AS campaignId, state, spec, seals, approver_commitment AS approverCommitment';

export function campaignOf(row: CampaignRow): Campaign {
  return {
    ...fromCampaignMessage(CampaignMessage.fromJSON(JSON.parse(row.spec))),
    state: row.state,
    approverCommitment: row.approverCommitment ?? undefined,
    seals: sealsOf(row.seals),
  };
}

export function sealsOf(json: string | null): PoolSeal[] {
  return JSON.parse(json ?? '[]') as PoolSeal[];
}
