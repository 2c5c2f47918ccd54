import { type Payout } from './payout';
import { type PayoutStore } from './ports';

export interface GetPayoutRequest {
  readonly userId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly grabId: string;
}

/** `not-yet`: the grant is perhaps still on its way here. `not-yours`: the grabId is another user's. */
export type GetPayoutResult =
  { readonly kind: 'found'; readonly payout: Payout } | { readonly kind: 'not-yet' | 'not-yours' };

export async function getPayout(store: PayoutStore, request: GetPayoutRequest): Promise<GetPayoutResult> {
  const all = await store.findByGrab(request.campaignId, request.poolId, request.grabId);
  const payout = all.find(({ userId }) => userId === request.userId);
  if (payout !== undefined) return { kind: 'found', payout };
  return { kind: all.length === 0 ? 'not-yet' : 'not-yours' };
}
