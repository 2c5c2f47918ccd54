import { type Payout } from './payout';

/**
 * - PAYOUT_UNBOOKED: a packet was promised that its pool cannot pay.
 * - PAYOUT_ATTEMPTS_EXHAUSTED: the channel refused it too often.
 * - PAYOUT_UNKNOWN_TOO_LONG: the channel has not said what became of it.
 */
export type CaseKind = 'PAYOUT_UNBOOKED' | 'PAYOUT_ATTEMPTS_EXHAUSTED' | 'PAYOUT_UNKNOWN_TOO_LONG';

/** Something promised that cannot go on without a person. */
export interface PayoutCase {
  readonly caseId: string;
  readonly kind: CaseKind;
  readonly campaignId: string;
  /** What was seen, as JSON. */
  readonly evidence: string;
}

/** One case a payout and kind: it follows from both. */
export function caseOf(kind: CaseKind, payout: Payout): PayoutCase {
  const { payoutId, campaignId, poolId, userId, amountFen, attempts, asks } = payout;
  const evidence = JSON.stringify({ payoutId, poolId, userId, amountFen, attempts, asks });
  return { caseId: `${kind}:${payoutId}`, kind, campaignId, evidence };
}
