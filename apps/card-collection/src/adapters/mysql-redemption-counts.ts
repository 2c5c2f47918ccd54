import { enqueueEvents } from '@floodgate/adapters/kafka';
import { execute, inTransaction, selectRows } from '@floodgate/adapters/mysql';
import { type IdSource } from '@floodgate/kernel';
import { type DataSource } from 'typeorm';
import { type CardCollectionStreams } from '../streams';

/** A redemption is refused after qualifyUntil, but one that began just before it needs a moment to be committed. */
const COUNT_AFTER_MS = 5_000;
const AT_ONCE_MAX = 100;

/** Counts each campaign's redemptions once, when no more can come, and says so in redemptions-counted. */
export class MysqlRedemptionCounts {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ids: IdSource,
    private readonly streams: CardCollectionStreams,
  ) {}

  /** How many campaigns were due; several instances may do it at once. */
  async countDue(nowMs: number): Promise<number> {
    const due = await selectRows<{ campaignId: string }>(
      this.dataSource,
      `SELECT campaign_id AS campaignId FROM campaigns
       WHERE counted_at_ms IS NULL AND qualify_until_ms <= ? LIMIT ${AT_ONCE_MAX}`,
      [nowMs - COUNT_AFTER_MS],
    );
    for (const { campaignId } of due) await this.count(campaignId, nowMs);
    return due.length;
  }

  private async count(campaignId: string, nowMs: number): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      const changed = await execute(
        tx,
        'UPDATE campaigns SET counted_at_ms = ? WHERE campaign_id = ? AND counted_at_ms IS NULL',
        [nowMs, campaignId],
      );
      if (changed === 0) return;
      const [row] = await selectRows<{ count: number }>(
        tx,
        'SELECT COUNT(*) AS count FROM redemptions WHERE campaign_id = ?',
        [campaignId],
      );
      const message = {
        eventId: this.ids.next(),
        occurredAtMs: String(nowMs),
        campaignId,
        causationId: campaignId,
        count: Number(row?.count ?? 0),
      };
      await enqueueEvents(tx, this.streams.topics.redemptionsCounted, [{ key: campaignId, message }]);
    });
  }
}
