import { selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type PlanTimeline } from '@floodgate/domain/degradation-plan';

/** Campaigns whose payouts may still come in: what the plan says of any of them counts here. */
export async function unsettledCampaigns(sql: Sql, nowMs: number): Promise<PlanTimeline[]> {
  const rows = await selectRows<PlanTimeline>(
    sql,
    'SELECT campaign_id AS campaignId, t0_ms AS t0Ms FROM campaigns WHERE settle_by_ms > ?',
    [nowMs],
  );
  return rows.map(({ campaignId, t0Ms }) => ({ campaignId, t0Ms: Number(t0Ms) }));
}
