import { execute, inTransaction, placeholders, selectRows } from '@floodgate/adapters/mysql';
import {
  type ClaimedPayment,
  type OrderBook,
  type OrderStore,
  type OrderWithPayment,
  type PaymentState,
} from '@floodgate/domain/order';
import { type Clock, type IdSource } from '@floodgate/kernel';
import { type DataSource, type EntityManager } from 'typeorm';
import { MysqlOrderBook } from './mysql-order-book';
import { type OrderRow, SELECT_WITH_PAYMENT, toOrderWithPayment } from './order-rows';

export class MysqlOrderStore implements OrderStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  /** For a consumer, whose transaction is the one that moves its offset. */
  bookIn(tx: EntityManager): OrderBook {
    return new MysqlOrderBook(tx, this.clock, this.ids);
  }

  inTransaction<T>(work: (book: OrderBook) => Promise<T>): Promise<T> {
    return inTransaction(this.dataSource, (tx) => work(this.bookIn(tx)), 'READ COMMITTED');
  }

  async findByGrab(campaignId: string, poolId: string, grabId: string): Promise<OrderWithPayment[]> {
    const rows = await selectRows<OrderRow>(
      this.dataSource,
      `${SELECT_WITH_PAYMENT} WHERE o.campaign_id = ? AND o.pool_id = ? AND o.grab_id = ?`,
      [campaignId, poolId, grabId],
    );
    return rows.map(toOrderWithPayment);
  }

  claimDuePayments(
    states: readonly PaymentState[],
    nowMs: number,
    leaseMs: number,
    max: number,
  ): Promise<ClaimedPayment[]> {
    const claim = async (tx: EntityManager) => {
      const due = await selectRows<{ orderId: string }>(
        tx,
        `SELECT order_id AS orderId FROM payments WHERE state IN (${placeholders(states)}) AND ask_at_ms <= ?
         ORDER BY ask_at_ms LIMIT ? FOR UPDATE SKIP LOCKED`,
        [...states, nowMs, max],
      );
      if (due.length === 0) return [];
      const orderIds = due.map((row) => row.orderId);
      const among = placeholders(orderIds);
      await execute(tx, `UPDATE payments SET asks = asks + 1, ask_at_ms = ? WHERE order_id IN (${among})`, [
        nowMs + leaseMs,
        ...orderIds,
      ]);
      const rows = await selectRows<OrderRow>(tx, `${SELECT_WITH_PAYMENT} WHERE o.order_id IN (${among})`, orderIds);
      return rows
        .map(toOrderWithPayment)
        .flatMap(({ order, payment }) => (payment === undefined ? [] : [{ order, payment }]));
    };
    return inTransaction(this.dataSource, claim, 'READ COMMITTED');
  }
}
