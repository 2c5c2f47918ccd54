import { type Clock } from '@floodgate/kernel';
import { isPayable, type Order } from './order';
import { type OrderStore } from './ports';

export interface CancelOrderRequest {
  readonly userId: string;
  readonly orderId: string;
}

/** `cancelled` again and again for an order that is cancelled; money that is on its way then goes back by itself. */
export type CancelOrderResult =
  { readonly kind: 'cancelled'; readonly order: Order } | { readonly kind: 'no-such-order' | 'paid' | 'expired' };

export async function cancelOrder(
  store: OrderStore,
  clock: Clock,
  request: CancelOrderRequest,
): Promise<CancelOrderResult> {
  return store.inTransaction(async (book) => {
    const found = await book.lock(request.orderId);
    if (found === undefined || found.order.userId !== request.userId) return { kind: 'no-such-order' };
    const { order } = found;
    const nowMs = clock.nowMs();
    if (order.state === 'CANCELLED') return { kind: 'cancelled', order };
    if (order.state === 'PAID') return { kind: 'paid' };
    if (!isPayable(order, nowMs)) return { kind: 'expired' };
    const cancelled: Order = { ...order, state: 'CANCELLED' };
    await book.leavePending([order.orderId], 'CANCELLED');
    await book.closePayments([order.orderId], nowMs);
    await book.announce([{ kind: 'cancelled', order: cancelled }]);
    return { kind: 'cancelled', order: cancelled };
  });
}
