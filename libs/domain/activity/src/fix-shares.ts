import { type Clock } from '@floodgate/kernel';
import { isFixed } from './campaign';
import { type SharesToFix } from './ports';
import { fixShares } from './seal-pools';

/**
 * Fixes pools of one share for everyone qualified: their number, amounts and commitment. Only when every redemption that
 * card-collection has counted has become a qualification, so that nobody who was in time is left without a share.
 */
export class FixShares {
  constructor(
    private readonly shares: SharesToFix,
    private readonly clock: Clock,
  ) {}

  /** The campaigns whose redemptions are still on their way here. */
  async run(): Promise<string[]> {
    const waiting: string[] = [];
    for (const { campaign, redemptions, qualifications, causationId } of await this.shares.list()) {
      if (qualifications < redemptions) {
        waiting.push(campaign.campaignId);
        continue;
      }
      for (const pool of campaign.pools) {
        if (!pool.sharePerQualified || isFixed(campaign, pool.poolId)) continue;
        await this.shares.fix(campaign, fixShares(campaign, pool, qualifications), causationId, this.clock.nowMs());
      }
    }
    return waiting;
  }
}
