import { enqueueEvents } from '@floodgate/adapters/kafka';
import { execute, inTransaction, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type Campaign, type CampaignToFix, type PoolSeal, type SharesToFix, t0Ms } from '@floodgate/domain/activity';
import { type IdSource } from '@floodgate/kernel';
import { type DataSource } from 'typeorm';
import { toSealedMessage } from '../campaign-message';
import { type ActivityStreams } from '../streams';
import { CAMPAIGN_COLUMNS, campaignOf, type CampaignRow, sealsOf } from './campaign-rows';

export class MysqlSharesToFix implements SharesToFix {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ids: IdSource,
    private readonly streams: ActivityStreams,
  ) {}

  async list(): Promise<CampaignToFix[]> {
    const rows = await selectRows<CampaignRow & { redemptions: number; qualifications: number; causationId: string }>(
      this.dataSource,
      `SELECT ${CAMPAIGN_COLUMNS}, redemptions_counted AS redemptions, counted_by AS causationId,
              (SELECT COUNT(*) FROM qualifications q WHERE q.campaign_id = c.campaign_id) AS qualifications
       FROM campaigns c WHERE shares_open AND redemptions_counted IS NOT NULL`,
    );
    return rows.map((row) => ({
      campaign: campaignOf(row),
      redemptions: Number(row.redemptions),
      qualifications: Number(row.qualifications),
      causationId: row.causationId,
    }));
  }

  async fix(campaign: Campaign, seal: PoolSeal, causationId: string, nowMs: number): Promise<boolean> {
    const { campaignId } = campaign;
    return inTransaction(this.dataSource, async (tx) => {
      const [row] = await selectRows<{ seals: string | null }>(
        tx,
        'SELECT seals FROM campaigns WHERE campaign_id = ? FOR UPDATE',
        [campaignId],
      );
      const before = sealsOf(row?.seals ?? null);
      if (before.find(({ poolId }) => poolId === seal.poolId)?.fixed !== undefined) return false;
      const seals = before.map((one) => (one.poolId === seal.poolId ? seal : one));
      await execute(tx, 'UPDATE campaigns SET seals = ?, shares_open = ? WHERE campaign_id = ?', [
        JSON.stringify(seals),
        seals.some(({ fixed }) => fixed === undefined),
        campaignId,
      ]);
      await this.tell(tx, { ...campaign, seals }, seal, { causationId, nowMs });
      return true;
    });
  }

  private async tell(
    tx: Sql,
    campaign: Campaign,
    seal: PoolSeal,
    { causationId, nowMs }: { causationId: string; nowMs: number },
  ): Promise<void> {
    // Where nobody qualified there is nothing to grab.
    if (seal.fixed === undefined || seal.fixed.stock === 0) return;
    const { campaignId } = campaign;
    const message = {
      eventId: this.ids.next(),
      occurredAtMs: String(nowMs),
      campaignId,
      causationId,
      pool: toSealedMessage(campaign).pools.find(({ poolId }) => poolId === seal.poolId),
      opensAtMs: String(t0Ms(campaign)),
      closesAtMs: String(campaign.timeline.closesAtMs),
    };
    await enqueueEvents(tx, this.streams.topics.sharesFixed, [{ key: campaignId, message }]);
  }
}

/** Notes how many sets were redeemed; the first count stays. */
export async function noteRedemptions(
  tx: Sql,
  { campaignId, count, eventId }: { campaignId: string; count: number; eventId: string },
): Promise<void> {
  await execute(
    tx,
    'UPDATE campaigns SET redemptions_counted = ?, counted_by = ? WHERE campaign_id = ? AND redemptions_counted IS NULL',
    [count, eventId, campaignId],
  );
}
