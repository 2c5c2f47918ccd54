import { type IncomingHttpHeaders } from 'node:http';
import { OutcomeError } from '@floodgate/kernel';
import { currentRequest } from './grpc-context';

/** Of a request: how many milliseconds its sender still waits for the answer. A duration, so that no clock need agree with another. */
export const DEADLINE_HEADER = 'fg-deadline-ms';

/** What a callee keeps of its caller's time, for its answer to travel back in. */
export const ANSWER_TRAVELS_MS = 10;

const DURATION = /^\d{1,9}$/;

/** Thrown when the time of the request that is being served is used up; whether anything took effect is unknown. Says nothing about a callee. */
export class OutOfTime extends OutcomeError {
  constructor(cause?: unknown) {
    super('TRY_LATER', 'the time for this request is used up', { cause });
  }
}

/**
 * The instant by performance.now() until which an HTTP request's sender waits: as it says, but never longer than the budget. A header
 * that is no duration says nothing.
 */
export function deadlineOf(headers: IncomingHttpHeaders, budgetMs: number, now = performance.now()): number {
  const told = headers[DEADLINE_HEADER];
  return now + (typeof told === 'string' && DURATION.test(told) ? Math.min(Number(told), budgetMs) : budgetMs);
}

/** A hop's budget or what is left of the request that is being served, whichever is less; 0 or below when nothing is left. */
export function timeLeftMs(budgetMs: number, now = performance.now()): number {
  const deadlineAt = currentRequest()?.deadlineAt;
  return deadlineAt === undefined ? budgetMs : Math.min(budgetMs, deadlineAt - now);
}
