/** What the load process is asked to do, and what it measured. Plain data: it travels between processes. */

/** First-time users only: each request has a user, a token and a grabId of its own. */
export interface LoadJob {
  readonly port: number;
  readonly method: 'PUT' | 'POST';
  /** `{grabId}` in it is replaced by each request's own. */
  readonly path: string;
  readonly body: string;
  /** Makes the job's users differ from every other job's. */
  readonly prefix: string;
  readonly requests: number;
  readonly connections: number;
  readonly jwtSecret: string;
  /** Requests a second, sent whether or not earlier ones are answered; absent: each connection sends when it is free. */
  readonly perSecond?: number;
}

export interface LoadResult {
  readonly wallMs: number;
  /** How many answers of each kind: the outcome of a 2xx, else status and outcome, or LOST for a broken connection. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** CPU time of the load process itself. */
  readonly cpuMs: number;
  /** By request: the unit that a 2xx named, or NO_UNIT. */
  readonly unitNos: Int32Array;
}

export const NO_UNIT = -1;

/** Of a 2xx whose body names no outcome, as an echo's. */
export const PLAIN_OK = 'PLAIN_OK';
export const LOST = 'LOST';

export type ToLoad = { readonly kind: 'prepare'; readonly job: LoadJob } | { readonly kind: 'go' };
export type FromLoad =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'done'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly why: string };

export const userIdOf = (prefix: string, index: number) => `${prefix}-u${index}`;
export const grabIdOf = (prefix: string, index: number) => `${prefix}-g${index}`;
