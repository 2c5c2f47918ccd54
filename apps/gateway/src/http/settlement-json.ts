import { orderV1, prizePayoutV1 } from '@floodgate/contracts';
import { fen, OutcomeError } from '@floodgate/kernel';
import { type OrderView, type PayoutView } from './schemas';

const ORDER_STATES = {
  ORDER_STATE_PENDING: 'PENDING',
  ORDER_STATE_PAID: 'PAID',
  ORDER_STATE_CANCELLED: 'CANCELLED',
  ORDER_STATE_EXPIRED: 'EXPIRED',
} as const;

const PAYOUT_STATES = {
  PAYOUT_STATE_BOOKED: 'BOOKED',
  PAYOUT_STATE_SENT: 'SENT',
  PAYOUT_STATE_SETTLED: 'SETTLED',
  PAYOUT_STATE_FAILED: 'FAILED',
} as const;

/** Throws INTERNAL for an answer that names no order or no state. */
export function toOrderView(order: orderV1.Order | undefined): OrderView {
  if (!order || order.state === orderV1.OrderState.ORDER_STATE_UNSPECIFIED) throw incomplete('order');
  const { orderId, campaignId, poolId, grabId, unitNo, priceFen, expiresAtMs, checkoutToken } = order;
  return {
    orderId,
    campaignId,
    poolId,
    grabId,
    unitNo,
    priceFen: fen(priceFen),
    state: ORDER_STATES[order.state],
    expiresAtMs: Number(expiresAtMs),
    ...(checkoutToken !== '' && { checkoutToken }),
  };
}

/** Throws INTERNAL for an answer that names no payout or no state. */
export function toPayoutView(payout: prizePayoutV1.Payout | undefined): PayoutView {
  if (!payout || payout.state === prizePayoutV1.PayoutState.PAYOUT_STATE_UNSPECIFIED) throw incomplete('payout');
  const { payoutId, campaignId, poolId, grabId, amountFen, attempts } = payout;
  return {
    payoutId,
    campaignId,
    poolId,
    grabId,
    amountFen: fen(amountFen),
    state: PAYOUT_STATES[payout.state],
    attempts,
  };
}

function incomplete(what: string): OutcomeError {
  return new OutcomeError('INTERNAL', '', { cause: new Error(`an answer without ${what} or its state`) });
}
