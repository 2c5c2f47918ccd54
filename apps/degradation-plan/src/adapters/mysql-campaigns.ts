import { execute, selectRows, type Sql, type SqlValue } from '@floodgate/adapters/mysql';
import { type PlanTimeline } from '@floodgate/domain/degradation-plan';
import { type DataSource } from 'typeorm';

export interface PublishedCampaign extends PlanTimeline {
  readonly settleByMs: number;
}

/** A campaign that comes again is taken as it is now. */
export async function addCampaigns(sql: Sql, campaigns: readonly PublishedCampaign[]): Promise<void> {
  if (campaigns.length === 0) return;
  const values: SqlValue[] = campaigns.flatMap(({ campaignId, t0Ms, settleByMs }) => [campaignId, t0Ms, settleByMs]);
  await execute(
    sql,
    `INSERT INTO campaigns (campaign_id, t0_ms, settle_by_ms) VALUES ${campaigns.map(() => '(?, ?, ?)').join(', ')}
     ON DUPLICATE KEY UPDATE t0_ms = VALUES(t0_ms), settle_by_ms = VALUES(settle_by_ms)`,
    values,
  );
}

/** The campaigns that this service knows, by the campaign-published events. */
export class MysqlCampaigns {
  constructor(private readonly dataSource: DataSource) {}

  async knows(campaignId: string): Promise<boolean> {
    const rows = await selectRows(this.dataSource, 'SELECT 1 FROM campaigns WHERE campaign_id = ?', [campaignId]);
    return rows.length > 0;
  }

  /** Those that are not settled at `nowMs`, the next T0 first. */
  async unsettled(nowMs: number): Promise<PlanTimeline[]> {
    const rows = await selectRows<PlanTimeline>(
      this.dataSource,
      `SELECT campaign_id AS campaignId, t0_ms AS t0Ms FROM campaigns
       WHERE settle_by_ms > ? ORDER BY t0_ms, campaign_id`,
      [nowMs],
    );
    return rows.map(({ campaignId, t0Ms }) => ({ campaignId, t0Ms: Number(t0Ms) }));
  }
}
