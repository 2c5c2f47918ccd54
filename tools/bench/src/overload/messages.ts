/** What the processes of the overload bench tell each other. Plain data. */
import { type Priority } from '@floodgate/domain/degradation-plan';

/** How a server defends itself: not at all, by samples of its event loop, or by admission in two phases; the bare one only refuses, without any framework. */
export const DEFENCES = ['none', 'under-pressure', 'admission', 'bare'] as const;
export type Defence = (typeof DEFENCES)[number];

export interface StartServer {
  readonly defence: Defence;
  /** Turns of `burn` that a request costs: real CPU. */
  readonly turns: number;
  /** Refuses everybody: what a refusal costs is measured by itself. */
  readonly refuseAll: boolean;
}
export interface ServerStarted {
  readonly port: number;
}

/** The body of an answer. A gateway tells its cursor in a header, which this load generator does not read. */
export interface WorkAnswer {
  readonly outcome: 'OK' | 'TOO_HOT';
  /** Undefined: the server has none. */
  readonly cursor?: string | undefined;
}

/** Requests of one kind. */
export interface Stream {
  readonly name: string;
  readonly priority: Priority;
  readonly requests: number;
  /** Sent at this rate, whether or not earlier ones are answered; null: each connection sends when it is free. */
  readonly perSecond: number | null;
  readonly connections: number;
  /** After the start of the job. */
  readonly fromMs: number;
  /** What they ask about; empty: no campaign. */
  readonly campaignId: string;
  /** So many people ask, in turn. */
  readonly people: number;
  /** Each of them has the SDK's throttle, which hears the server's cursor. */
  readonly throttled: boolean;
  /** Who is refused asks again, three times in all, by binary exponential back-off with full jitter. */
  readonly retries: boolean;
}

export interface OverloadJob {
  readonly port: number;
  readonly streams: readonly Stream[];
  /** What is due before is not counted. */
  readonly countFromMs: number;
  /** Answers that come later are no good to anybody. */
  readonly patienceMs: number;
}

export interface StreamResult {
  /** But for those kept back. */
  readonly due: number;
  /** Not sent, by the SDK's throttle. */
  readonly keptBack: number;
  /** Served within the patience. */
  readonly served: number;
  readonly refused: number;
  /** Served too late, or neither served nor refused. */
  readonly failed: number;
  /** Of those served. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** By the 100 ms in which they were due, from the start of the job: how many were, and how many of them were served. */
  readonly dueBy100Ms: readonly number[];
  readonly servedBy100Ms: readonly number[];
}

export interface OverloadResult {
  readonly streams: Readonly<Record<string, StreamResult>>;
  /** From the start of the job until the last answer. */
  readonly wallMs: number;
  /** CPU time of the load process itself, in that. */
  readonly cpuMs: number;
}
