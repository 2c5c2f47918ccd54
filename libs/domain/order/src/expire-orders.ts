import { type Clock } from '@floodgate/kernel';
import { type Order } from './order';
import { type OrderStore } from './ports';

/** Ends at most `max` orders whose time is up, and returns how many. The stock gives their units back on the event. */
export async function expireOrders(store: OrderStore, clock: Clock, max: number): Promise<number> {
  return store.inTransaction(async (book) => {
    const nowMs = clock.nowMs();
    const due = await book.lockExpired(nowMs, max);
    if (due.length === 0) return 0;
    const orderIds = due.map((order) => order.orderId);
    await book.leavePending(orderIds, 'EXPIRED');
    await book.closePayments(orderIds, nowMs);
    await book.announce(
      due.map((order) => ({ kind: 'expired', order: { ...order, state: 'EXPIRED' } satisfies Order })),
    );
    return due.length;
  });
}
