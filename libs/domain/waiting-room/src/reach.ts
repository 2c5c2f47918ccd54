import { type RoomState, waitingIn } from './room';

/** What is known of a pool's stock here and now; `left` is undefined while nothing is known. */
export interface PoolLeft {
  readonly left: number | undefined;
  /** Nothing can come back. */
  readonly final: boolean;
}

/** What to tell those whom the stock cannot reach. */
export type OutOfReach = 'SOLD_OUT' | 'SOLD_OUT_FOR_NOW';

/**
 * The last position that what is left can satisfy, if everybody before takes one; undefined while the stock of some pool is not known, for then nobody may be
 * turned away.
 */
export function lastReached({ serving }: RoomState, pools: readonly PoolLeft[]): number | undefined {
  let left = 0;
  for (const pool of pools) {
    if (!pool.final && pool.left === undefined) return undefined;
    left += pool.final ? 0 : (pool.left ?? 0);
  }
  return serving + left;
}

/** The answer to somebody at this position, or to who would come next when there is none; undefined: the stock may still reach. */
export function outOfReach(
  state: RoomState,
  pools: readonly PoolLeft[],
  position = state.serving + waitingIn(state) + 1,
): OutOfReach | undefined {
  if (pools.length > 0 && pools.every(({ final }) => final)) return 'SOLD_OUT';
  const last = lastReached(state, pools);
  return last !== undefined && position > last ? 'SOLD_OUT_FOR_NOW' : undefined;
}
