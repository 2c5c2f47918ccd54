import { enqueueEvents } from '@floodgate/adapters/kafka';
import { execute, insertRows, inTransaction, placeholders, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type RecordedRedemption, type Redemption, type Redemptions } from '@floodgate/domain/card-collection';
import { type IdSource } from '@floodgate/kernel';
import { type DataSource } from 'typeorm';
import { type CardCollectionStreams } from '../streams';
import { lockBalance } from './lock-balance';

/** Thrown to give back the cards that were taken before one turned out to be missing. */
class CardMissing extends Error {}

export class MysqlRedemptions implements Redemptions {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ids: IdSource,
    private readonly streams: CardCollectionStreams,
  ) {}

  async find(campaignId: string, userId: string): Promise<Redemption | undefined> {
    return findRedemption(this.dataSource, campaignId, userId);
  }

  async record(redemption: Redemption, cardIds: readonly string[]): Promise<RecordedRedemption> {
    try {
      const redemptionId = await inTransaction(this.dataSource, (tx) => this.recordIn(tx, redemption, cardIds));
      return { kind: 'REDEEMED', redemptionId };
    } catch (error) {
      if (error instanceof CardMissing) return { kind: 'SET_INCOMPLETE' };
      throw error;
    }
  }

  private async recordIn(tx: Sql, redemption: Redemption, cardIds: readonly string[]): Promise<string> {
    const { redemptionId, campaignId, userId, redeemedAtMs } = redemption;
    await lockBalance(tx, campaignId, userId);
    const earlier = await findRedemption(tx, campaignId, userId);
    if (earlier) return earlier.redemptionId;
    const taken = await execute(
      tx,
      `UPDATE held_cards SET held = held - 1
       WHERE campaign_id = ? AND user_id = ? AND held > 0 AND card_id IN (${placeholders(cardIds)})`,
      [campaignId, userId, ...cardIds],
    );
    if (taken !== cardIds.length) throw new CardMissing();
    await insertRows(
      tx,
      'redemptions',
      ['redemption_id', 'campaign_id', 'user_id', 'redeemed_at_ms'],
      [[redemptionId, campaignId, userId, redeemedAtMs]],
    );
    const occurredAtMs = String(redeemedAtMs);
    const message = {
      eventId: this.ids.next(),
      occurredAtMs,
      campaignId,
      causationId: redemptionId,
      userId,
      redemptionId,
    };
    await enqueueEvents(tx, this.streams.topics.setRedeemed, [{ key: userId, message }]);
    return redemptionId;
  }
}

async function findRedemption(sql: Sql, campaignId: string, userId: string): Promise<Redemption | undefined> {
  const [redemption] = await selectRows<Redemption>(
    sql,
    `SELECT redemption_id AS redemptionId, campaign_id AS campaignId, user_id AS userId, redeemed_at_ms AS redeemedAtMs
     FROM redemptions WHERE campaign_id = ? AND user_id = ?`,
    [campaignId, userId],
  );
  return redemption;
}
