import { type Fen } from '@floodgate/kernel';
import { type Order } from './order';
import { type OrderBook } from './ports';

/** A unit of a sale that the stock log gave to a user. */
export interface GrantedUnit {
  readonly eventId: string;
  readonly orderId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly unitNo: number;
  readonly generation: number;
  readonly grabId: string;
  readonly userId: string;
  readonly priceFen: Fen;
  readonly payWithinMs: number;
}

/**
 * One PENDING order for each grant that has none yet. The time to pay counts from now, not from the grant: a backlog must
 * not eat it up.
 */
export async function createOrders(book: OrderBook, grants: readonly GrantedUnit[], nowMs: number): Promise<Order[]> {
  const byOrderId = new Map(grants.map((grant) => [grant.orderId, grant]));
  const existing = await book.existing([...byOrderId.keys()]);
  const fresh = [...byOrderId.values()].filter((grant) => !existing.has(grant.orderId));
  if (fresh.length === 0) return [];
  const created = fresh.map((grant) => ({ grant, order: orderOf(grant, nowMs) }));
  const orders = created.map(({ order }) => order);
  await book.insertOrders(orders);
  await book.announce(created.map(({ grant, order }) => ({ kind: 'created', order, causationId: grant.eventId })));
  return orders;
}

function orderOf(grant: GrantedUnit, nowMs: number): Order {
  return {
    orderId: grant.orderId,
    campaignId: grant.campaignId,
    poolId: grant.poolId,
    unitNo: grant.unitNo,
    generation: grant.generation,
    grabId: grant.grabId,
    userId: grant.userId,
    priceFen: grant.priceFen,
    state: 'PENDING',
    expiresAtMs: nowMs + grant.payWithinMs,
  };
}
