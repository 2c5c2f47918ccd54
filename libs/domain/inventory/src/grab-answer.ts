import { type Fen, type Outcome } from '@floodgate/kernel';
import { amountOf } from './packets';
import { type Pool, type Settlement } from './pool';
import { type GrabFate, type Holding, type ShardState } from './shard-state';

export interface GrabRequest {
  readonly campaignId: string;
  readonly poolId: string;
  readonly userId: string;
  readonly grabId: string;
  /** Empty for a sale. */
  readonly qualificationId: string;
}

export interface GrabAnswer {
  readonly outcome: Extract<
    Outcome,
    | 'GRANTED'
    | 'ALREADY_GRANTED'
    | 'GRAB_ENDED'
    | 'UNKNOWN_GRAB'
    | 'SOLD_OUT'
    | 'SOLD_OUT_FOR_NOW'
    | 'NOT_OPEN_YET'
    | 'CLOSED'
    | 'QUALIFICATION_SPENT'
    | 'NO_SUCH_CAMPAIGN'
    | 'CONFLICT'
    | 'WAIT'
    | 'TOO_HOT'
  >;
  /** With GRANTED and ALREADY_GRANTED: what the user holds, and the grab that got it. */
  readonly held?: {
    readonly unitNo: number;
    readonly amountFen: Fen;
    readonly grabId: string;
    readonly settlement: Settlement;
  };
  readonly pollAfterMs?: number;
}

/**
 * What the fold already says about a request; undefined when it says nothing. The only place where GRANTED and
 * ALREADY_GRANTED are made: out of a shard's folded state, so never before the log was read back.
 */
export function answerFromFold(state: ShardState, request: GrabRequest): GrabAnswer | undefined {
  const { pool } = state;
  if (pool === undefined) return undefined;
  const fate = state.grabs.get(request.grabId);
  if (fate !== undefined) return answerFromFate(pool, fate, request.userId);
  const holding = state.heldByUser.get(request.userId);
  if (holding !== undefined) return { outcome: 'ALREADY_GRANTED', held: heldOf(pool, holding) };
  if (request.qualificationId !== '' && state.spentQualifications.has(request.qualificationId)) {
    return { outcome: 'QUALIFICATION_SPENT' };
  }
  return undefined;
}

function answerFromFate(pool: Pool, fate: GrabFate, userId: string): GrabAnswer {
  const owner = fate.kind === 'voided' ? fate.userId : fate.holding.userId;
  if (owner !== userId) return { outcome: 'CONFLICT' };
  if (fate.kind === 'held') return { outcome: 'GRANTED', held: heldOf(pool, fate.holding) };
  return { outcome: 'GRAB_ENDED' };
}

function heldOf(pool: Pool, holding: Holding): GrabAnswer['held'] {
  const { unitNo, grabId } = holding;
  return { unitNo, grabId, amountFen: amountOf(pool, unitNo), settlement: pool.settlement };
}
