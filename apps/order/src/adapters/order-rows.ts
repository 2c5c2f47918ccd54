import { fen } from '@floodgate/kernel';
import { type OrderState, type OrderWithPayment, type PaymentState } from '@floodgate/domain/order';

/** An order with its payment, if it has one, in one row. */
export interface OrderRow {
  readonly orderId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly unitNo: number;
  readonly generation: number;
  readonly grabId: string;
  readonly userId: string;
  readonly priceFen: number;
  readonly state: OrderState;
  readonly expiresAtMs: number;
  readonly paymentId: string | null;
  readonly paymentState: PaymentState | null;
  readonly checkouts: number | null;
  readonly asks: number | null;
}

const ORDER_COLUMNS = `
  o.order_id AS orderId, o.campaign_id AS campaignId, o.pool_id AS poolId, o.unit_no AS unitNo, o.generation,
  o.grab_id AS grabId, o.user_id AS userId, o.price_fen AS priceFen, o.state, o.expires_at_ms AS expiresAtMs`;

/** Selects OrderRow from the orders alone, alias `o`, as if none had a payment. */
export const SELECT_ORDERS = `
  SELECT ${ORDER_COLUMNS}, NULL AS paymentId, NULL AS paymentState, NULL AS checkouts, NULL AS asks FROM orders o`;

/** Selects OrderRow from orders, alias `o`, each with its payment, alias `p`. */
export const SELECT_WITH_PAYMENT = `
  SELECT ${ORDER_COLUMNS}, p.payment_id AS paymentId, p.state AS paymentState, p.checkouts, p.asks
  FROM orders o LEFT JOIN payments p ON p.order_id = o.order_id`;

export function toOrderWithPayment(row: OrderRow): OrderWithPayment {
  const { orderId, campaignId, poolId, unitNo, generation, grabId, userId, state } = row;
  const { paymentId, paymentState, checkouts, asks } = row;
  const payment =
    paymentId === null || paymentState === null
      ? undefined
      : { orderId, paymentId, state: paymentState, checkouts: Number(checkouts), asks: Number(asks) };
  return {
    order: {
      orderId,
      campaignId,
      poolId,
      unitNo,
      generation,
      grabId,
      userId,
      priceFen: fen(row.priceFen),
      state,
      expiresAtMs: Number(row.expiresAtMs),
    },
    payment,
  };
}
