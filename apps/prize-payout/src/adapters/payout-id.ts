import { createHash } from 'node:crypto';

export interface GrantedPosition {
  readonly campaignId: string;
  readonly poolId: string;
  readonly unitNo: number;
  readonly generation: number;
}

/** The id of the payout that a grant leads to. It follows from what no client can choose, and fits a channel's number. */
export function payoutIdOf({ campaignId, poolId, unitNo, generation }: GrantedPosition): string {
  const position = `payout/${campaignId}/${poolId}/${unitNo}/${generation}`;
  return `p${createHash('sha256').update(position).digest('hex').slice(0, 40)}`;
}
