import { type CheckoutClaims, isPayable, type OrderWithPayment } from '@floodgate/domain/order';
import { signToken, type TokenClaims, verifyToken } from '@floodgate/nest-kit';

type CheckoutTokenClaims = TokenClaims & CheckoutClaims;

/** Checkout tokens: bound to user and order, good until the order expires, and for one payment. */
export class CheckoutTokens {
  constructor(private readonly key: string) {}

  /** Empty when the order cannot be paid any more. */
  issue({ order, payment }: OrderWithPayment, nowMs: number): string {
    if (!isPayable(order, nowMs)) return '';
    const { userId, campaignId, orderId, expiresAtMs } = order;
    const claims = { userId, campaignId, orderId, expiresAtMs, checkouts: payment?.checkouts ?? 0 };
    return signToken<CheckoutTokenClaims>('checkout', claims, this.key);
  }

  /** Undefined when the token is forged or has expired. */
  read(token: string, nowMs: number): CheckoutClaims | undefined {
    return verifyToken<CheckoutTokenClaims>('checkout', token, this.key, nowMs);
  }
}
