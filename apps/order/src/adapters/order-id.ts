import { createHash } from 'node:crypto';

export interface GrantedPosition {
  readonly campaignId: string;
  readonly poolId: string;
  readonly unitNo: number;
  readonly generation: number;
}

/** The id of the order that a grant leads to. It follows from what no client can choose, and fits a channel's number. */
export function orderIdOf({ campaignId, poolId, unitNo, generation }: GrantedPosition): string {
  const position = `order/${campaignId}/${poolId}/${unitNo}/${generation}`;
  return `o${createHash('sha256').update(position).digest('hex').slice(0, 40)}`;
}
