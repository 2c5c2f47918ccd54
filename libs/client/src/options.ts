import { type Outcome } from '@floodgate/kernel';
import { type AdaptiveThrottle } from './adaptive-throttle';
import { type SolveChallenge } from './challenge';
import { type PolicyStore } from './policy-store';
import { type ClientOutcome } from './results';
import { type RetryBudget } from './retry-budget';
import { type Sleep } from './sleep';

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
  /** Read in place of text() where the answer is a stream of events; a fetch without it is good for everything else. */
  readonly body?: AnswerBody | null;
}

/** The part of a ReadableStream that the client needs. */
export interface AnswerBody {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(): Promise<void>;
  };
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
  /** False: held back by the pushed policy (DROPPED_HERE) or the throttle (THROTTLED_HERE). */
  readonly sent: boolean;
  /** 1 for the first of a call; what was held back is not counted. */
  readonly attempt: number;
}

export interface RetryOptions {
  /** How often a call is tried: sent, or held back here. Polls asked for by the server are not counted. Default 3. */
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
  /** Called while the grab waits in the waiting room, whenever something about it is new. */
  readonly onWaiting?: (waiting: Waiting) => void;
  /** How long it may wait there, on top of the time budget. Default 15 minutes. */
  readonly roomTimeMs?: number;
}

/** How it stands with a person in the waiting room. */
export interface Waiting {
  /** From 1, and for ever the same; undefined before T0, when places are shuffled. */
  readonly position: number | undefined;
  /** People who are called before. */
  readonly ahead: number | undefined;
  /** Until this person is called, as things go now. */
  readonly etaMs: number | undefined;
}

export interface ClientOptions extends RetryOptions {
  /** Of the gateway, without a slash at the end. */
  readonly baseUrl: string;
  /** The access token; without one only public reads are answered. */
  readonly token?: string;
  readonly fetch?: Fetch;
  /** In [0, 1). */
  readonly random?: () => number;
  /** The local clock in milliseconds, Date.now by default; server time is kept as an offset to it. One that is given times what lasts as well. */
  readonly clock?: () => number;
  /** One that knows no signal is good for everything but ending a countdown early. */
  readonly sleep?: Sleep;
  /** How long one attempt may take. Default 5 s. */
  readonly attemptTimeoutMs?: number;
  /** Spread of the first grabs after T0. Default 250 ms. */
  readonly grabJitterMs?: number;
  /** Policies of campaigns; share one among the clients of a process. */
  readonly policies?: PolicyStore;
  readonly retryBudget?: RetryBudget;
  readonly throttle?: AdaptiveThrottle;
  /** Names the device to the servers' frequency limits; the same for as long as it can be kept. */
  readonly deviceId?: string;
  /** Where the plan service's policy files are served, without a slash at the end: for when no gateway answers. */
  readonly policyFileUrls?: readonly string[];
  /** Of the plan service, base64url: a policy file that none of them signed is ignored. */
  readonly policyPublicKeys?: readonly string[];
  /** In place of the built-in one, which uses the thread that calls it. */
  readonly solveChallenge?: SolveChallenge;
  /** Called with what the solver rejected with; the call then ends as CHALLENGE_REQUIRED. */
  readonly onChallengeFailed?: (error: unknown, campaignId: string) => void;
  /** Called after each attempt. */
  readonly onAttempt?: (event: AttemptEvent) => void;
}
