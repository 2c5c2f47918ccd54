import { selectRows } from '@floodgate/adapters/mysql';
import { type HeldCard, type Holding, type Holdings } from '@floodgate/domain/card-collection';
import { type DataSource } from 'typeorm';
import { type DrawBalance } from './lock-balance';

export class MysqlHoldings implements Holdings {
  constructor(private readonly dataSource: DataSource) {}

  async find(campaignId: string, userId: string): Promise<Holding> {
    const key = [campaignId, userId];
    const [[balance], cards] = await Promise.all([
      selectRows<DrawBalance>(
        this.dataSource,
        'SELECT earned, used FROM draw_balances WHERE campaign_id = ? AND user_id = ?',
        key,
      ),
      selectRows<HeldCard>(
        this.dataSource,
        'SELECT card_id AS cardId, held AS count FROM held_cards WHERE campaign_id = ? AND user_id = ? AND held > 0',
        key,
      ),
    ]);
    const drawsLeft = balance === undefined ? 0 : balance.earned - balance.used;
    return { cards, drawsLeft, takesPart: balance !== undefined };
  }
}
