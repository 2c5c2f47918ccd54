import { type CLIENT_COPY, type Outcome } from '@floodgate/kernel';
import { type Settlement } from './views';

/** What happens outside any server's answer. */
export type ClientOutcome = keyof typeof CLIENT_COPY;

/** Outcomes that come with something in hand. */
type Success = 'OK' | 'GRANTED' | 'ALREADY_GRANTED' | 'GRAB_ENDED';

/**
 * No success, after all the retrying that was allowed. GAVE_UP says that it was still under way or unknown: look again later with the
 * same ids.
 */
export interface Refused {
  readonly outcome: Exclude<Outcome, Success> | ClientOutcome;
  /** With GAVE_UP: what the last attempt came to. */
  readonly last?: Outcome | ClientOutcome;
  readonly pollAfterMs?: number;
  readonly detail?: string;
  readonly field?: string;
  readonly requestId?: string;
}

/** Names a grab: the campaign, the pool and the id that its client made. */
export interface GrabRef {
  readonly campaignId: string;
  readonly poolId: string;
  readonly grabId: string;
}

export type Result<T> = (T & { readonly outcome: 'OK' }) | Refused;

export interface Granted {
  readonly outcome: 'GRANTED' | 'ALREADY_GRANTED';
  readonly unitNo: number;
  readonly amountFen: number;
  /** The grab that holds the unit: with ALREADY_GRANTED it may be an earlier one of the same person. */
  readonly grabId: string;
  readonly settlement: Settlement;
}

/** The unit was held once and has gone back: its order expired or was cancelled. */
export interface GrabEnded {
  readonly outcome: 'GRAB_ENDED';
  readonly grabId: string;
}

export type GrabResult = Granted | GrabEnded | (Refused & { readonly grabId: string });

/** True when there is, or was, a unit. */
export function isHeld(result: Granted | GrabEnded | Refused): result is Granted | GrabEnded {
  return result.outcome === 'GRANTED' || result.outcome === 'ALREADY_GRANTED' || result.outcome === 'GRAB_ENDED';
}
