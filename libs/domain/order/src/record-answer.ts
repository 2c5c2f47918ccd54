import { type Clock } from '@floodgate/kernel';
import { type Order } from './order';
import { type Payment, type PaymentEvent, stepPayment } from './payment';
import { type OrderBook, type OrderStore } from './ports';

/** What the channel said for sure about the payment whose `checkouts` is given. */
export interface SureAnswer {
  readonly orderId: string;
  readonly checkouts: number;
  readonly event: Extract<PaymentEvent, 'collected' | 'refused' | 'closed' | 'refunded'>;
}

export interface Recorded {
  readonly order: Order;
  readonly payment: Payment;
}

/**
 * Writes what the channel said. Money makes the order PAID if it is still PENDING; after its end the money is sent back.
 * May be called twice, late, or by two instances: the second changes nothing. Throws IllegalPaymentStep when the channel
 * contradicts itself.
 */
export async function recordAnswer(store: OrderStore, clock: Clock, answer: SureAnswer): Promise<Recorded> {
  return store.inTransaction(async (book) => {
    const found = await book.lock(answer.orderId);
    if (found?.payment === undefined) throw new Error(`order ${answer.orderId} has no payment`);
    const { order, payment } = found;
    // A refusal of an earlier attempt says nothing about the one that is under way.
    const stale = answer.event === 'refused' && answer.checkouts !== payment.checkouts;
    const state = stale ? payment.state : stepPayment(payment.state, answer.event);
    if (state === payment.state) return { order, payment };
    const next = { ...payment, state, asks: 0 };
    await book.updatePayment(next, state === 'REFUNDING' ? clock.nowMs() : undefined);
    return { order: state === 'COLLECTED' ? await markPaid(book, order, next) : order, payment: next };
  });
}

async function markPaid(book: OrderBook, order: Order, payment: Payment): Promise<Order> {
  const paid: Order = { ...order, state: 'PAID' };
  await book.leavePending([order.orderId], 'PAID');
  await book.announce([{ kind: 'paid', order: paid, paymentId: payment.paymentId }]);
  return paid;
}
