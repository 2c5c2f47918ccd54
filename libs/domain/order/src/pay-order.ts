import { type Clock } from '@floodgate/kernel';
import { decidePayment, type PaymentDecision, type PaymentRefusal, type PayOrderRequest } from './decide-payment';
import { type Order } from './order';
import { type OrderStore, type PaymentChannel } from './ports';
import { recordAnswer, type Recorded } from './record-answer';

export interface PayPorts {
  readonly store: OrderStore;
  readonly channel: Pick<PaymentChannel, 'collect'>;
  readonly clock: Clock;
  /** After this long without an answer the payment is chased by the job. Longer than the channel usually takes. */
  readonly askAfterMs: number;
}

export type PayOrderResult =
  { readonly kind: 'paid'; readonly order: Order } | { readonly kind: PaymentRefusal | 'refused' };

/**
 * Pays an order. The payment is committed as COLLECTING before the channel hears of it, and the channel knows it by the
 * order's id: whatever dies in between, the money is found again, and taken at most once.
 */
export async function payOrder(ports: PayPorts, request: PayOrderRequest): Promise<PayOrderResult> {
  const decision = await beginPayment(ports, request);
  if (decision.kind !== 'collect') return decision;
  const { order, payment } = decision;
  const answer = await ports.channel.collect(order.orderId, order.userId, order.priceFen);
  if (answer === 'unknown') return { kind: 'pending' };
  const event = answer === 'success' ? 'collected' : 'refused';
  return resultOf(
    await recordAnswer(ports.store, ports.clock, { orderId: order.orderId, checkouts: payment.checkouts, event }),
  );
}

function beginPayment({ store, clock, askAfterMs }: PayPorts, request: PayOrderRequest): Promise<PaymentDecision> {
  return store.inTransaction(async (book) => {
    const nowMs = clock.nowMs();
    const decision = decidePayment(await book.lock(request.orderId), request, nowMs);
    if (decision.kind !== 'collect') return decision;
    if (decision.isNew) await book.insertPayment(decision.payment, nowMs + askAfterMs);
    else await book.updatePayment(decision.payment, nowMs + askAfterMs);
    return decision;
  });
}

function resultOf({ order, payment }: Recorded): PayOrderResult {
  switch (payment.state) {
    case 'COLLECTED':
      return { kind: 'paid', order };
    case 'REFUSED':
      return { kind: 'refused' };
    case 'COLLECTING':
      return { kind: 'pending' };
    case 'CLOSING':
    case 'CLOSED':
    case 'REFUNDING':
    case 'REFUNDED':
      return { kind: order.state === 'CANCELLED' ? 'cancelled' : 'expired' };
  }
}
