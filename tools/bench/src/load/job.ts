/** What the load process is asked to do, and what it measured. Plain data: it travels between processes. */
import { type Outcome, OUTCOMES } from '@floodgate/kernel';

/** Each request has a token of its user's and a grabId of its own. */
export interface LoadJob extends Askers {
  readonly port: number;
  readonly method: 'GET' | 'PUT' | 'POST';
  /** `{pool}` and `{grabId}` in it are replaced by each request's own. */
  readonly path: string;
  readonly body: string;
  readonly requests: number;
  readonly connections: number;
  readonly jwtSecret: string;
  /** Requests a second, sent whether or not earlier ones are answered; absent: each connection sends when it is free. */
  readonly perSecond?: number;
  /** A grab that is told to wait is asked again under its grabId; absent: WAIT is its answer. */
  readonly askAgain?: { readonly afterMs: number; readonly timesMax: number };
}

/** For half a minute. */
export const ASK_AGAIN = { afterMs: 100, timesMax: 300 };

/** Who asks, and in which pool. */
export interface Askers {
  /** Begins every grabId; differs from every other job's, unless the same grabs are meant. */
  readonly prefix: string;
  /** Absent: first-time users only, each request another. */
  readonly crowd?: Crowd;
}

/**
 * `users` people, each of whom asks once in every pool: the first in all pools, then the second, and so on. Each time with a
 * token of its own, so that no remembered verdict helps whoever has few users.
 */
export interface Crowd {
  readonly userPrefix: string;
  readonly users: number;
  readonly pools: readonly string[];
  /** Where in that order this job begins. */
  readonly from: number;
  /** From one user's number to the next one's, round and round; coprime with `users`. 1 when absent. */
  readonly stride?: number;
}

export interface LoadResult {
  readonly wallMs: number;
  /** How many answers of each kind: the outcome of a 2xx, else status and outcome, or LOST for a broken connection. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** How often grabs were told to wait and asked again; not part of `outcomes`. */
  readonly askedAgain: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** CPU time of the load process itself. */
  readonly cpuMs: number;
  /** By request: the unit that a 2xx named, or NO_UNIT. */
  readonly unitNos: Int32Array;
  /** By request: when its last answer came, milliseconds since 1970. */
  readonly answeredAtMs: Float64Array;
  /** By request: its place in the keys of `outcomes`. */
  readonly outcomeNos: Uint8Array;
}

export const NO_UNIT = -1;

/** Of a 2xx whose body names no outcome, as an echo's. */
export const PLAIN_OK = 'PLAIN_OK';
export const LOST = 'LOST';

/** How a refusal that is no 2xx counts in LoadResult.outcomes. */
export const refusalOf = (outcome: Outcome) => `${OUTCOMES[outcome].httpStatus} ${outcome}`;

export type ToLoad = { readonly kind: 'prepare'; readonly job: LoadJob } | { readonly kind: 'go' };
export type FromLoad =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'done'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly why: string };

export const grabIdOf = ({ prefix }: Askers, index: number) => `${prefix}-g${index}`;

export function userIdOf({ prefix, crowd }: Askers, index: number): string {
  if (crowd === undefined) return `${prefix}-u${index}`;
  const turn = Math.floor((crowd.from + index) / crowd.pools.length);
  return `${crowd.userPrefix}-u${(turn * (crowd.stride ?? 1)) % crowd.users}`;
}

/** Undefined where there is one pool only, which the path names. */
export function poolIdOf({ crowd }: Askers, index: number): string | undefined {
  return crowd?.pools[(crowd.from + index) % crowd.pools.length];
}
