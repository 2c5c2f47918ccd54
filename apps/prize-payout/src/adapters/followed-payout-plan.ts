import { type Log } from '@floodgate/adapters/kafka';
import { type EffectivePolicy } from '@floodgate/domain/degradation-plan';
import { type PayoutPlan } from '@floodgate/domain/prize-payout';
import { type Clock } from '@floodgate/kernel';
import { type PlanFollower } from '@floodgate/nest-kit';
import { type DataSource } from 'typeorm';
import { unsettledCampaigns } from './unsettled-campaigns';

/**
 * Payouts of all campaigns share the channel and the database with every campaign's moment, so the strictest that the plan says for any
 * campaign that is not settled yet holds for all. With no such campaign nothing holds them back.
 */
export class FollowedPayoutPlan implements PayoutPlan {
  private heldBackBy: string | undefined;

  constructor(
    private readonly plan: Pick<PlanFollower, 'policyFor'>,
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async reissuePace(): Promise<number> {
    let strictest: { readonly campaignId?: string; readonly pace: number } = { pace: 1 };
    for (const { campaignId, policy } of await this.policies()) {
      const pace = policy.reissue === 'off' ? 0 : policy.reissuePace;
      if (pace < strictest.pace) strictest = { campaignId, pace };
    }
    this.sayWhatHoldsBack(strictest.campaignId);
    return strictest.pace;
  }

  async queued(): Promise<boolean> {
    return (await this.policies()).some(({ policy }) => policy.payoutQueued);
  }

  /** Whoever wonders why a refused payout is not tried again finds here which campaign it waits for. */
  private sayWhatHoldsBack(campaignId: string | undefined): void {
    if (campaignId === this.heldBackBy) return;
    this.heldBackBy = campaignId;
    if (campaignId === undefined) this.log.info({}, 'nothing holds re-issue back any more');
    else this.log.info({ campaignId }, "this campaign's tier holds re-issue back, for all campaigns");
  }

  private async policies(): Promise<{ readonly campaignId: string; readonly policy: EffectivePolicy }[]> {
    const nowMs = this.clock.nowMs();
    const campaigns = await unsettledCampaigns(this.dataSource, nowMs);
    return campaigns.map((campaign) => ({
      campaignId: campaign.campaignId,
      policy: this.plan.policyFor(campaign, nowMs),
    }));
  }
}
