import { isPayable, type Order } from './order';
import { type Payment, stepPayment } from './payment';
import { type OrderWithPayment } from './ports';

/** What a checkout token says, once its signature and expiry have been verified. */
export interface CheckoutClaims {
  readonly userId: string;
  readonly orderId: string;
  /** How many tokens of this order were consumed when it was issued. */
  readonly checkouts: number;
}

export interface PayOrderRequest {
  readonly userId: string;
  readonly orderId: string;
  readonly paymentId: string;
  /** Undefined when the token is forged or has expired. */
  readonly checkout: CheckoutClaims | undefined;
}

/**
 * - paid: the money is in.
 * - pending: the channel's answer is not known yet; look again with the same paymentId.
 * - refused: the channel refused it for sure; the same paymentId may be tried again.
 * - expired, cancelled: the order ended first; money that came in goes back by itself.
 * - other-payment: another payment of this order is under way or was made.
 * - no-such-order: there is none, or it is another user's.
 * - bad-token: not a token for this order and user, or used before.
 */
export type PaymentRefusal = 'pending' | 'expired' | 'cancelled' | 'other-payment' | 'no-such-order' | 'bad-token';

export type PaymentDecision =
  | { readonly kind: 'collect'; readonly order: Order; readonly payment: Payment; readonly isNew: boolean }
  | { readonly kind: 'paid'; readonly order: Order }
  | { readonly kind: PaymentRefusal };

/** What a request to pay leads to, in order of precedence. Pure; the caller holds the order's lock. */
export function decidePayment(
  found: OrderWithPayment | undefined,
  request: PayOrderRequest,
  nowMs: number,
): PaymentDecision {
  if (found === undefined || found.order.userId !== request.userId) return { kind: 'no-such-order' };
  const { order, payment } = found;
  const same = payment?.paymentId === request.paymentId;
  if (same && payment.state === 'COLLECTED') return { kind: 'paid', order };
  if (same && payment.state === 'COLLECTING') return { kind: 'pending' };
  if (order.state === 'CANCELLED') return { kind: 'cancelled' };
  if (order.state === 'PAID' || payment?.state === 'COLLECTING') return { kind: 'other-payment' };
  if (!isPayable(order, nowMs)) return { kind: 'expired' };
  const checkouts = payment?.checkouts ?? 0;
  // A refused payment is tried again under its own id without a new token: it has consumed one already.
  if (!same && !isTokenFor(request, checkouts)) return { kind: 'bad-token' };
  const state = payment === undefined ? 'COLLECTING' : stepPayment(payment.state, 'again');
  const next = { orderId: order.orderId, paymentId: request.paymentId, state, checkouts: checkouts + 1, asks: 0 };
  return { kind: 'collect', order, payment: next, isNew: payment === undefined };
}

function isTokenFor({ checkout, userId, orderId }: PayOrderRequest, checkouts: number): boolean {
  return checkout?.userId === userId && checkout.orderId === orderId && checkout.checkouts === checkouts;
}
