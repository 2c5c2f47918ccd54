import { selectRows } from '@floodgate/adapters/mysql';
import { type ReissueSwitch } from '@floodgate/domain/prize-payout';
import { type Clock } from '@floodgate/kernel';
import { type PlanFollower } from '@floodgate/nest-kit';
import { type DataSource } from 'typeorm';

/**
 * Re-issuing shares the channel and the database with every campaign's moment, so the slowest pace that the plan allows any
 * campaign that is not settled yet holds for all. With no such campaign nothing holds it back.
 */
export class PlanReissueSwitch implements ReissueSwitch {
  constructor(
    private readonly plan: Pick<PlanFollower, 'policyFor'>,
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  async pace(): Promise<number> {
    const nowMs = this.clock.nowMs();
    const campaigns = await selectRows<{ campaignId: string; t0Ms: number }>(
      this.dataSource,
      'SELECT campaign_id AS campaignId, t0_ms AS t0Ms FROM campaigns WHERE settle_by_ms > ?',
      [nowMs],
    );
    const paces = campaigns.map(({ campaignId, t0Ms }) => {
      const { reissue, reissuePace } = this.plan.policyFor({ campaignId, t0Ms: Number(t0Ms) }, nowMs);
      return reissue === 'off' ? 0 : reissuePace;
    });
    return Math.min(1, ...paces);
  }
}
