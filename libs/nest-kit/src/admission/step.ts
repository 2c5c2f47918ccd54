import { type Api, APIS, type EffectivePolicy, type PlanTimeline } from '@floodgate/domain/degradation-plan';
import { type Identity } from '../jwt';
import { type Refusal } from '../problem';

/** What is admitted and no plan sheds: reads of what a grab led to, and what people need on the way to a grab or beside it. */
export const UNPLANNED_APIS = ['result', 'room', 'challenge', 'events'] as const;
export type UnplannedApi = (typeof UNPLANNED_APIS)[number];

/** What is admitted: the plan's APIs and those that no plan names. */
export const ADMITTED_APIS = [...APIS, ...UNPLANNED_APIS] as const;
export type AdmittedApi = Api | UnplannedApi;

export function isUnplanned(api: AdmittedApi): api is UnplannedApi {
  return (UNPLANNED_APIS as readonly AdmittedApi[]).includes(api);
}

/** What phase one knows of a request: everything but its body. */
export interface AdmissionRequest {
  readonly api: AdmittedApi;
  /** Of a payment or a result, which name no campaign: one with an empty id, and the policy of no tier. */
  readonly campaign: PlanTimeline;
  readonly policy: EffectivePolicy;
  /** Undefined on public reads only: the steps behind identity see nobody else who is not signed in. */
  readonly user: Identity | undefined;
  /** The pool and the grabId of a grab; undefined with every other API. */
  readonly grab: { readonly poolId: string; readonly grabId: string } | undefined;
  /** The client's address as the connection has it; who trusts proxies looks at the headers besides. */
  readonly address: string;
  /** What the client says its device is; undefined when it says nothing. Whatever it says is of any length. */
  readonly device: string | undefined;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Database time. */
  readonly nowMs: number;
}

/** A refusal, or undefined: go on. */
export type Verdict = Refusal | undefined;

/**
 * One step of phase one. It decides from memory, at once: a refusal that asks somebody costs more than it saves. Only what must be spent once over
 * all instances (a solved challenge, a room pass) may answer later, and only with those that have something to spend.
 */
export interface AdmissionStep {
  /** As in the order of refusal. */
  readonly name: string;
  refuse(request: AdmissionRequest): Verdict | Promise<Verdict>;
}
