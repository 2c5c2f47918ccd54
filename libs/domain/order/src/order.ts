import { type Fen } from '@floodgate/kernel';

/**
 * PENDING is the only state that can be left, and every way out is a compare-and-set from it: whoever is first wins, and
 * the others find out.
 */
export type OrderState = 'PENDING' | 'PAID' | 'CANCELLED' | 'EXPIRED';

/** A granted unit of a sale and the chance to pay for it until `expiresAtMs` (database time). */
export interface Order {
  /** Follows from campaign, pool, unit and generation, so a grant that is seen twice leads to one order. */
  readonly orderId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly unitNo: number;
  readonly generation: number;
  readonly grabId: string;
  readonly userId: string;
  readonly priceFen: Fen;
  readonly state: OrderState;
  readonly expiresAtMs: number;
}

/** True while a new payment may still begin. */
export function isPayable(order: Order, nowMs: number): boolean {
  return order.state === 'PENDING' && nowMs < order.expiresAtMs;
}
