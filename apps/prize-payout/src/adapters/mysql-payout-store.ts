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
    return this.claim(from, nowMs, max, sending(nowMs + leaseMs));
  }

  claimRefused(payoutIds: readonly string[], nowMs: number, leaseMs: number): Promise<Payout[]> {
    const work = async (tx: EntityManager) => {
      const again = await selectRows<{ payoutId: string }>(
        tx,
        `SELECT payout_id AS payoutId FROM payouts
         WHERE payout_id IN (${placeholders(payoutIds)}) AND state = 'FAILED' AND attempts = 1 AND due_at_ms IS NOT NULL
         FOR UPDATE SKIP LOCKED`,
        [...payoutIds],
      );
      return this.take(tx, again, sending(nowMs + leaseMs));
    };
    return inTransaction(this.dataSource, work, 'READ COMMITTED');
  }

  claimToAsk(nowMs: number, leaseMs: number, max: number): Promise<Payout[]> {
    return this.claim('SENT', nowMs, max, { set: 'asks = asks + 1, due_at_ms = ?', values: [nowMs + leaseMs] });
  }

  /** Due rows that nobody else is claiming, changed and committed before anything is done with them. */
  private claim(state: PayoutState, nowMs: number, max: number, change: Change): Promise<Payout[]> {
    const work = async (tx: EntityManager) => {
      const due = await selectRows<{ payoutId: string }>(
        tx,
        `SELECT payout_id AS payoutId FROM payouts WHERE state = ? AND due_at_ms <= ?
         ORDER BY due_at_ms, booked_at_ms LIMIT ? FOR UPDATE SKIP LOCKED`,
        [state, nowMs, max],
      );
      return this.take(tx, due, change);
    };
    return inTransaction(this.dataSource, work, 'READ COMMITTED');
  }

  private async take(tx: EntityManager, rows: readonly { payoutId: string }[], change: Change): Promise<Payout[]> {
    if (rows.length === 0) return [];
    const ids = rows.map((row) => row.payoutId);
    const among = `payout_id IN (${placeholders(ids)})`;
    await execute(tx, `UPDATE payouts SET ${change.set} WHERE ${among}`, [...change.values, ...ids]);
    return (await selectRows<PayoutRow>(tx, `${SELECT_PAYOUTS} WHERE ${among}`, ids)).map(toPayout);
  }
}

interface Change {
  readonly set: string;
  readonly values: readonly SqlValue[];
}

const sending = (askAtMs: number): Change => ({
  set: `state = 'SENT', attempts = attempts + 1, asks = 0, due_at_ms = ?`,
  values: [askAtMs],
});
