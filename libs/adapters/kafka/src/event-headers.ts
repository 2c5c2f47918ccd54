import { AsyncLocalStorage } from 'node:async_hooks';
import { type IHeaders } from 'kafkajs';

/** Of an event that a request caused: the request's id, as logs have it. Which event caused another, its `causationId` says. */
export const CAUSATION_HEADER = 'fg-causation';

/**
 * Of an event that a request caused: until when its sender waits, in milliseconds since 1970. For information: no consumer drops an event because it is
 * late, but one can say how many it took after people had stopped looking.
 */
export const EVENT_DEADLINE_HEADER = 'fg-deadline';

const storage = new AsyncLocalStorage<IHeaders>();

/** Gives every event that `work` enqueues these headers. */
export function withEventHeaders<T>(headers: IHeaders, work: () => T): T {
  return storage.run(headers, work);
}

/** What withEventHeaders gave; nothing outside of it. */
export function eventHeaders(): IHeaders {
  return storage.getStore() ?? {};
}
