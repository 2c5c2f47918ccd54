import { execute, inTransaction, placeholders, selectRows, type SqlValue } from '@floodgate/adapters/mysql';
import { type Payout, type PayoutBook, type PayoutState, type PayoutStore } from '@floodgate/domain/prize-payout';
import { type DataSource, type EntityManager } from 'typeorm';
import { MysqlPayoutBook, type MysqlPayoutBookOptions } from './mysql-payout-book';
import { type PayoutRow, SELECT_PAYOUTS, toPayout } from './payout-rows';

export class MysqlPayoutStore implements PayoutStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly options: MysqlPayoutBookOptions,
  ) {}

  /** For a consumer, whose transaction is the one that moves its offset. */
  bookIn(tx: EntityManager): PayoutBook {
    return new MysqlPayoutBook(tx, this.options);
  }

  inTransaction<T>(work: (book: PayoutBook) => Promise<T>): Promise<T> {
    return inTransaction(this.dataSource, (tx) => work(this.bookIn(tx)), 'READ COMMITTED');
  }

  async findByGrab(campaignId: string, poolId: string, grabId: string): Promise<Payout[]> {
    const rows = await selectRows<PayoutRow>(
      this.dataSource,
      `${SELECT_PAYOUTS} WHERE campaign_id = ? AND pool_id = ? AND grab_id = ?`,
      [campaignId, poolId, grabId],
    );
    return rows.map(toPayout);
  }

  async countOfPool(campaignId: string, poolId: string): Promise<number> {
    const [row] = await selectRows<{ count: number }>(
      this.dataSource,
      'SELECT COUNT(*) AS count FROM payouts WHERE campaign_id = ? AND pool_id = ?',
      [campaignId, poolId],
    );
    return Number(row?.count ?? 0);
  }

  claimToSend(from: 'BOOKED' | 'FAILED', nowMs: number, leaseMs: number, max: number): Promise<Payout[]> {
    const change = {
      set: `state = 'SENT', attempts = attempts + 1, asks = 0, due_at_ms = ?`,
      values: [nowMs + leaseMs],
    };
    return this.claim(from, nowMs, max, change);
  }

  claimToAsk(nowMs: number, leaseMs: number, max: number): Promise<Payout[]> {
    return this.claim('SENT', nowMs, max, { set: 'asks = asks + 1, due_at_ms = ?', values: [nowMs + leaseMs] });
  }

  /** Due rows that nobody else is claiming, changed and committed before anything is done with them. */
  private claim(
    state: PayoutState,
    nowMs: number,
    max: number,
    change: { readonly set: string; readonly values: readonly SqlValue[] },
  ): Promise<Payout[]> {
    const work = async (tx: EntityManager) => {
      const due = await selectRows<{ payoutId: string }>(
        tx,
        `SELECT payout_id AS payoutId FROM payouts WHERE state = ? AND due_at_ms <= ?
         ORDER BY due_at_ms, booked_at_ms LIMIT ? FOR UPDATE SKIP LOCKED`,
        [state, nowMs, max],
      );
      if (due.length === 0) return [];
      const ids = due.map((row) => row.payoutId);
      const among = `payout_id IN (${placeholders(ids)})`;
      await execute(tx, `UPDATE payouts SET ${change.set} WHERE ${among}`, [...change.values, ...ids]);
      return (await selectRows<PayoutRow>(tx, `${SELECT_PAYOUTS} WHERE ${among}`, ids)).map(toPayout);
    };
    return inTransaction(this.dataSource, work, 'READ COMMITTED');
  }
}
