import { type Payout, type PayoutState } from '@floodgate/domain/prize-payout';
import { fen } from '@floodgate/kernel';

export interface PayoutRow {
  readonly payoutId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly unitNo: number;
  readonly generation: number;
  readonly grabId: string;
  readonly userId: string;
  readonly amountFen: number;
  readonly state: PayoutState;
  readonly attempts: number;
  readonly asks: number;
}

/** Selects PayoutRow. */
export const SELECT_PAYOUTS = `
  SELECT payout_id AS payoutId, campaign_id AS campaignId, pool_id AS poolId, unit_no AS unitNo, generation,
    grab_id AS grabId, user_id AS userId, amount_fen AS amountFen, state, attempts, asks FROM payouts`;

export function toPayout(row: PayoutRow): Payout {
  return { ...row, amountFen: fen(row.amountFen) };
}
