import { enqueueEvents } from '@floodgate/adapters/kafka';
import { execute, insertRows, inTransaction, isDuplicateKey, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type Draw, type DrawKey, type Draws, type RecordedDraw } from '@floodgate/domain/card-collection';
import { type IdSource } from '@floodgate/kernel';
import { type DataSource } from 'typeorm';
import { type CardCollectionStreams } from '../streams';
import { lockBalance } from './lock-balance';

/** Thrown to roll back what was written before the last card of its kind turned out to be gone. */
class BudgetUsedUp extends Error {}

export class MysqlDraws implements Draws {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ids: IdSource,
    private readonly streams: CardCollectionStreams,
  ) {}

  async find(draw: DrawKey): Promise<Draw | undefined> {
    return findDraw(this.dataSource, draw);
  }

  async record(draw: Draw): Promise<RecordedDraw> {
    try {
      return await inTransaction(this.dataSource, (tx) => this.recordIn(tx, draw));
    } catch (error) {
      if (error instanceof BudgetUsedUp) return { kind: 'BUDGET_USED_UP' };
      if (isDuplicateKey(error)) return { kind: 'DRAW_ID_USED' };
      throw error;
    }
  }

  private async recordIn(tx: Sql, draw: Draw): Promise<RecordedDraw> {
    const { campaignId, userId } = draw;
    const balance = await lockBalance(tx, campaignId, userId);
    // Under the lock: the same draw sent twice at once finds the first one's card rather than no draw left.
    if (await findDraw(tx, draw)) return { kind: 'DRAW_ID_USED' };
    if (balance === undefined || balance.used >= balance.earned) return { kind: 'NO_DRAWS_LEFT' };
    await execute(
      tx,
      'UPDATE draw_balances SET used = used + 1 WHERE campaign_id = ? AND user_id = ? AND used < earned',
      [campaignId, userId],
    );
    await this.handOver(tx, draw);
    await mint(tx, draw);
    return { kind: 'RECORDED', drawsLeft: balance.earned - balance.used - 1 };
  }

  private async handOver(tx: Sql, { drawId, campaignId, userId, cardId, drawnAtMs }: Draw): Promise<void> {
    await insertRows(
      tx,
      'draws',
      ['draw_id', 'campaign_id', 'user_id', 'card_id', 'drawn_at_ms'],
      [[drawId, campaignId, userId, cardId, drawnAtMs]],
    );
    await execute(
      tx,
      `INSERT INTO held_cards (campaign_id, user_id, card_id, held) VALUES (?, ?, ?, 1)
       ON DUPLICATE KEY UPDATE held = held + 1`,
      [campaignId, userId, cardId],
    );
    const occurredAtMs = String(drawnAtMs);
    const message = { eventId: this.ids.next(), occurredAtMs, campaignId, causationId: drawId, userId, drawId, cardId };
    await enqueueEvents(tx, this.streams.topics.cardDrawn, [{ key: userId, message }]);
  }
}

/** The one row that all users share, so it is locked last and held only for the commit. */
async function mint(tx: Sql, { campaignId, cardId }: Draw): Promise<void> {
  const minted = await execute(
    tx,
    'UPDATE cards SET minted = minted + 1 WHERE campaign_id = ? AND card_id = ? AND minted < budget',
    [campaignId, cardId],
  );
  if (minted === 0) throw new BudgetUsedUp();
}

async function findDraw(sql: Sql, { campaignId, userId, drawId }: DrawKey): Promise<Draw | undefined> {
  const [draw] = await selectRows<Draw>(
    sql,
    `SELECT draw_id AS drawId, campaign_id AS campaignId, user_id AS userId, card_id AS cardId, drawn_at_ms AS drawnAtMs
     FROM draws WHERE campaign_id = ? AND user_id = ? AND draw_id = ?`,
    [campaignId, userId, drawId],
  );
  return draw;
}
