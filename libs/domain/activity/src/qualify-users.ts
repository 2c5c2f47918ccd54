import { type IdSource } from '@floodgate/kernel';
import { type Campaign, isFixed, qualifyingPool, qualifyingWindow } from './campaign';
import { type CampaignStore, type NewQualification, type QualificationBook, type UserOfCampaign } from './ports';

/** A set that was redeemed, as card-collection tells it. */
export interface Redeemed extends UserOfCampaign {
  readonly eventId: string;
  readonly redemptionId: string;
  /** When the set was redeemed, by database time. */
  readonly redeemedAtMs: number;
}

export type NotQualified = 'UNKNOWN_CAMPAIGN' | 'NO_POOL' | 'OUTSIDE_WINDOW' | 'ALREADY_QUALIFIED' | 'COUNTED_BEFORE';

export interface RefusedRedemption {
  readonly redeemed: Redeemed;
  readonly reason: NotQualified;
}

/**
 * Turns redeemed sets into qualifications, one a user and campaign. Decided by the instant of the redemption, never by
 * that of its arrival, so that a slow day in between costs nobody the right to grab.
 */
export class QualifyUsers {
  constructor(
    private readonly campaigns: Pick<CampaignStore, 'find'>,
    private readonly ids: IdSource,
  ) {}

  /** Adds what qualifies to the book and returns what does not, with the reason. */
  async run(redemptions: readonly Redeemed[], book: QualificationBook): Promise<RefusedRedemption[]> {
    const taken = new Set((await book.qualified(redemptions)).map(keyOf));
    const added: NewQualification[] = [];
    const refused: RefusedRedemption[] = [];
    for (const redeemed of redemptions) {
      const campaign = await this.campaigns.find(redeemed.campaignId);
      const verdict = taken.has(keyOf(redeemed)) ? 'ALREADY_QUALIFIED' : qualify(redeemed, campaign, this.ids);
      if (typeof verdict === 'string') {
        refused.push({ redeemed, reason: verdict });
      } else {
        taken.add(keyOf(redeemed));
        added.push(verdict);
      }
    }
    await book.add(added);
    return refused;
  }
}

function qualify(redeemed: Redeemed, campaign: Campaign | undefined, ids: IdSource): NewQualification | NotQualified {
  if (campaign?.state !== 'PUBLISHED') return 'UNKNOWN_CAMPAIGN';
  const pool = qualifyingPool(campaign);
  if (pool === undefined) return 'NO_POOL';
  if (qualifyingWindow(campaign, redeemed.redeemedAtMs) !== 'OPEN') return 'OUTSIDE_WINDOW';
  // card-collection has counted every redemption, and all of them were here when the shares were fixed.
  if (pool.sharePerQualified && isFixed(campaign, pool.poolId)) return 'COUNTED_BEFORE';
  const { campaignId, userId, redemptionId, redeemedAtMs, eventId } = redeemed;
  return {
    causationId: eventId,
    qualification: {
      qualificationId: ids.next(),
      campaignId,
      userId,
      poolId: pool.poolId,
      redemptionId,
      qualifiedAtMs: redeemedAtMs,
      spent: false,
    },
  };
}

const keyOf = ({ campaignId, userId }: UserOfCampaign): string => `${campaignId}/${userId}`;
