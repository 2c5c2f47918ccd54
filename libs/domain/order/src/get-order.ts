import { type OrderStore, type OrderWithPayment } from './ports';

export interface GetOrderRequest {
  readonly userId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly grabId: string;
}

/** `not-yet`: the grant is perhaps still on its way here. `not-yours`: the grabId is another user's. */
export type GetOrderResult =
  { readonly kind: 'found'; readonly found: OrderWithPayment } | { readonly kind: 'not-yet' | 'not-yours' };

export async function getOrder(store: OrderStore, request: GetOrderRequest): Promise<GetOrderResult> {
  const all = await store.findByGrab(request.campaignId, request.poolId, request.grabId);
  const found = all.find(({ order }) => order.userId === request.userId);
  if (found !== undefined) return { kind: 'found', found };
  return { kind: all.length === 0 ? 'not-yet' : 'not-yours' };
}
