import { AsyncLocalStorage } from 'node:async_hooks';
import { type Standing } from './admission/standing';

export interface RequestContext {
  readonly requestId: string;
  /** By performance.now(): until then somebody waits for the answer. Undefined when nobody said how long. */
  readonly deadlineAt?: number | undefined;
  /** Whom its calls are refused before; undefined for what nobody asked for but the platform itself. */
  readonly standing?: Standing | undefined;
}

const storage = new AsyncLocalStorage<RequestContext | undefined>();

/** Runs `work` with a request id that logs and outgoing gRPC calls carry, a deadline that those calls keep, and what they are refused by. */
export function withRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/**
 * Runs what a request sets off but does not own: others share its result, or it lives on when the request has been answered. It has no deadline
 * but its own.
 */
export function outsideRequest<T>(work: () => T): T {
  return storage.run(undefined, work);
}

export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}
