import { selectRows, type Sql } from '@floodgate/adapters/mysql';

export interface DrawBalance {
  readonly earned: number;
  readonly used: number;
}

/**
 * Locks a user's balance in one campaign until the transaction ends; undefined when no task was ever counted. Every change
 * to what one user has starts here, so that two requests of the same user take turns instead of meeting half-way.
 */
export async function lockBalance(tx: Sql, campaignId: string, userId: string): Promise<DrawBalance | undefined> {
  const [balance] = await selectRows<DrawBalance>(
    tx,
    'SELECT earned, used FROM draw_balances WHERE campaign_id = ? AND user_id = ? FOR UPDATE',
    [campaignId, userId],
  );
  return balance;
}
