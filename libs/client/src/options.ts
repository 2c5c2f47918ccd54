import { type Outcome } from '@floodgate/kernel';
import { type PolicyStore } from './policy-store';
import { type ClientOutcome } from './results';
import { type RetryBudget } from './retry-budget';

/** The part of fetch that the client needs; load generators bring their own. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;

export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** One attempt, sent or held back, as told to onAttempt. */
export interface AttemptEvent {
  readonly method: string;
  /** With placeholders, such as `/campaigns/{campaignId}/draws`. */
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  readonly outcome: Outcome | ClientOutcome;
  /** 0 when nothing was sent. */
  readonly latencyMs: number;
  /** False: held back by the pushed policy (DROPPED_HERE). */
  readonly sent: boolean;
  /** 1 for the first of a call. */
  readonly attempt: number;
}

export interface RetryOptions {
  /** How often a call is sent, polls asked for by the server aside. Default 3. */
  readonly attemptsMax?: number;
  /** How long after the call's start a last attempt may begin, waiting included. Default 30 s. */
  readonly timeBudgetMs?: number;
}

export interface GrabOptions extends RetryOptions {
  /** Made when absent. Keep it: the same id again is the same grab. */
  readonly grabId?: string;
  /** The token of the qualification; needed in a card split. */
  readonly qualification?: string;
  /** A grab of this id may have been sent before, by an earlier page or process: its result is read before any final refusal is believed. */
  readonly resumed?: boolean;
}

export interface ClientOptions extends RetryOptions {
  /** Of the gateway, without a slash at the end. */
  readonly baseUrl: string;
  /** The access token; without one only public reads are answered. */
  readonly token?: string;
  readonly fetch?: Fetch;
  /** In [0, 1). */
  readonly random?: () => number;
  /** The local clock in milliseconds; server time is kept as an offset to it. */
  readonly clock?: () => number;
  readonly sleep?: (ms: number) => Promise<void>;
  /** How long one attempt may take. Default 5 s. */
  readonly attemptTimeoutMs?: number;
  /** Spread of the first grabs after T0. Default 250 ms. */
  readonly grabJitterMs?: number;
  /** Policies of campaigns; share one among the clients of a process. */
  readonly policies?: PolicyStore;
  readonly retryBudget?: RetryBudget;
  /** Called after each attempt. */
  readonly onAttempt?: (event: AttemptEvent) => void;
}
