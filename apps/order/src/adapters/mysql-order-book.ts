import { execute, insertRows, placeholders, selectRows } from '@floodgate/adapters/mysql';
import {
  type Order,
  type OrderBook,
  type OrderHappening,
  type OrderState,
  type OrderWithPayment,
  type Payment,
} from '@floodgate/domain/order';
import { type Clock, type IdSource } from '@floodgate/kernel';
import { type EntityManager } from 'typeorm';
import { enqueueHappenings } from './order-events';
import { type OrderRow, SELECT_ORDERS, SELECT_WITH_PAYMENT, toOrderWithPayment } from './order-rows';

/** Orders in MySQL, within the transaction `tx`. */
export class MysqlOrderBook implements OrderBook {
  constructor(
    private readonly tx: EntityManager,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  async existing(orderIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (orderIds.length === 0) return new Set();
    const rows = await selectRows<{ orderId: string }>(
      this.tx,
      `SELECT order_id AS orderId FROM orders WHERE order_id IN (${placeholders(orderIds)})`,
      orderIds,
    );
    return new Set(rows.map((row) => row.orderId));
  }

  async insertOrders(orders: readonly Order[]): Promise<void> {
    const nowMs = this.clock.nowMs();
    const columns = [
      'order_id',
      'campaign_id',
      'pool_id',
      'unit_no',
      'generation',
      'grab_id',
      'user_id',
      'price_fen',
      'state',
      'expires_at_ms',
      'created_at_ms',
    ];
    const rows = orders.map((o) => [
      o.orderId,
      o.campaignId,
      o.poolId,
      o.unitNo,
      o.generation,
      o.grabId,
      o.userId,
      o.priceFen,
      o.state,
      o.expiresAtMs,
      nowMs,
    ]);
    await insertRows(this.tx, 'orders', columns, rows);
  }

  async lock(orderId: string): Promise<OrderWithPayment | undefined> {
    const [row] = await selectRows<OrderRow>(this.tx, `${SELECT_WITH_PAYMENT} WHERE o.order_id = ? FOR UPDATE`, [
      orderId,
    ]);
    return row === undefined ? undefined : toOrderWithPayment(row);
  }

  async lockExpired(nowMs: number, max: number): Promise<Order[]> {
    const rows = await selectRows<OrderRow>(
      this.tx,
      `${SELECT_ORDERS} WHERE o.state = 'PENDING' AND o.expires_at_ms <= ?
       ORDER BY o.expires_at_ms LIMIT ? FOR UPDATE SKIP LOCKED`,
      [nowMs, max],
    );
    return rows.map((row) => toOrderWithPayment(row).order);
  }

  async leavePending(orderIds: readonly string[], to: OrderState): Promise<void> {
    const touched = await execute(
      this.tx,
      `UPDATE orders SET state = ? WHERE state = 'PENDING' AND order_id IN (${placeholders(orderIds)})`,
      [to, ...orderIds],
    );
    if (touched !== orderIds.length) throw new Error(`${orderIds.length - touched} orders had left PENDING already`);
  }

  async insertPayment(payment: Payment, askAtMs: number): Promise<void> {
    await insertRows(
      this.tx,
      'payments',
      ['order_id', 'payment_id', 'state', 'checkouts', 'asks', 'ask_at_ms'],
      [[payment.orderId, payment.paymentId, payment.state, payment.checkouts, payment.asks, askAtMs]],
    );
  }

  async updatePayment(payment: Payment, askAtMs: number | undefined): Promise<void> {
    await execute(
      this.tx,
      'UPDATE payments SET payment_id = ?, state = ?, checkouts = ?, asks = ?, ask_at_ms = ? WHERE order_id = ?',
      [payment.paymentId, payment.state, payment.checkouts, payment.asks, askAtMs ?? null, payment.orderId],
    );
  }

  async closePayments(orderIds: readonly string[], nowMs: number): Promise<void> {
    await execute(
      this.tx,
      `UPDATE payments SET state = 'CLOSING', asks = 0, ask_at_ms = ?
       WHERE state IN ('COLLECTING', 'REFUSED') AND order_id IN (${placeholders(orderIds)})`,
      [nowMs, ...orderIds],
    );
  }

  async announce(happenings: readonly OrderHappening[]): Promise<void> {
    await enqueueHappenings(this.tx, happenings, this.clock.nowMs(), this.ids);
  }
}
