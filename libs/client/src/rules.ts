import { type Api, type EffectivePolicy, type Priority, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { type Outcome, OUTCOMES } from '@floodgate/kernel';
import { type Refused } from './results';
import { type Attempt } from './transport';

/** `inDoubt`: some attempt may have taken effect without its result being known. */
export interface Called<T> {
  readonly result: T | Refused;
  readonly inDoubt: boolean;
}

/** Not sent: by the pushed policy, or by the throttle. `waitMs`: not before then again. */
export interface Held {
  readonly kind: 'held';
  readonly outcome: 'DROPPED_HERE' | 'THROTTLED_HERE';
  readonly waitMs: number;
}

export type Tried = Attempt | Held;

const BACK_OFF_BASE_MS = 200;
const BACK_OFF_MAX_MS = 10_000;

// An answer that leaves open whether the request took effect.
const LEAVES_OPEN: ReadonlySet<string> = new Set<Outcome>(['WAIT', 'TRY_LATER', 'INTERNAL']);

// Refused because it is not finished, so giving up on it is no refusal.
const UNDER_WAY: ReadonlySet<string> = new Set<Outcome>(['WAIT', 'PAYMENT_PENDING', 'PAYMENT_REISSUING']);

export function leavesOpen({ kind, outcome }: Tried): boolean {
  return kind === 'unknown' || LEAVES_OPEN.has(outcome);
}

export function retryOf(tried: Tried): 'never' | 'poll' | 'back-off' {
  switch (tried.kind) {
    case 'answer':
      return OUTCOMES[tried.outcome].retry;
    case 'held':
      return tried.outcome === 'DROPPED_HERE' ? 'poll' : 'back-off';
    case 'unknown':
      return 'back-off';
  }
}

export function pollAfterOf(tried: Tried): number | undefined {
  if (tried.kind === 'held') return tried.waitMs;
  const told = tried.kind === 'answer' ? tried.body['pollAfterMs'] : undefined;
  return typeof told === 'number' && told >= 0 ? told : undefined;
}

export function refusedBy(tried: Tried): Refused {
  // Successes have been returned before.
  const outcome = tried.outcome as Refused['outcome'];
  if (tried.kind !== 'answer') return { outcome };
  const text = (name: 'detail' | 'field' | 'requestId') => {
    const value = tried.body[name];
    return typeof value === 'string' ? { [name]: value } : {};
  };
  const pollAfterMs = pollAfterOf(tried);
  return {
    outcome,
    ...text('detail'),
    ...text('field'),
    ...text('requestId'),
    ...(pollAfterMs !== undefined && { pollAfterMs }),
  };
}

export function gaveUp(tried: Tried, waitMs: number): Refused {
  const pollAfterMs = Math.round(waitMs);
  if (tried.kind === 'unknown' || UNDER_WAY.has(tried.outcome))
    return { outcome: 'GAVE_UP', last: tried.outcome, pollAfterMs };
  return { ...refusedBy(tried), pollAfterMs };
}

/** Binary exponential with full jitter, but not before the time the server named. `random` is in [0, 1). */
export function backOffMs(tried: Tried, failures: number, random: number): number {
  const ceilingMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_BASE_MS * 2 ** (failures - 1));
  return (pollAfterOf(tried) ?? 0) + random * ceilingMs;
}

/** Results and one's own orders are asked for with the first priority. */
export function priorityOf(api: Api | undefined, policy: EffectivePolicy | undefined): Priority {
  return api === undefined ? 'pay' : (policy ?? REFERENCE_PLAN).priorities[api];
}
