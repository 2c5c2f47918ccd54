import { type RoomState } from './room';

/**
 * Where somebody stands.
 * - unopened: has an arrival number; positions are dealt out at T0.
 * - waiting: `ahead` people are called before.
 * - called: the position may be exchanged for a pass.
 * - lapsed: was called and did not come; may join again, behind everybody.
 */
export type Place =
  | { readonly kind: 'unopened' }
  | { readonly kind: 'waiting'; readonly position: number; readonly ahead: number }
  | { readonly kind: 'called' | 'lapsed'; readonly position: number };

const POLL_MIN_MS = 1_000;
const POLL_MAX_MS = 20_000;
const POLLS_UNTIL_CALLED = 10;
const JITTER = 0.2;

/** `position` is what the shuffle says; undefined before the opening. */
export function placeOf(position: number | undefined, { serving, lapsed }: RoomState): Place {
  if (position === undefined) return { kind: 'unopened' };
  if (position <= lapsed) return { kind: 'lapsed', position };
  if (position <= serving) return { kind: 'called', position };
  return { kind: 'waiting', position, ahead: position - serving - 1 };
}

/** Until a waiting place is called, from the drain as it was measured; undefined while nobody is called. */
export function etaMs(ahead: number, calledPerSecond: number): number | undefined {
  return calledPerSecond > 0 ? Math.ceil(((ahead + 1) / calledPerSecond) * 1_000) : undefined;
}

/** When to look again: a tenth of the time that is left, within 1 s and 20 s, give or take a fifth; `random` is in [0, 1). */
export function pollAfterMs(leftMs: number | undefined, random: number): number {
  const middleMs = Math.min(POLL_MAX_MS, Math.max(POLL_MIN_MS, (leftMs ?? Infinity) / POLLS_UNTIL_CALLED));
  return Math.round(middleMs * (1 - JITTER + 2 * JITTER * random));
}
