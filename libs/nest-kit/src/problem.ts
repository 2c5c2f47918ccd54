import { isDatabaseAway } from '@floodgate/adapters/mysql';
import { HttpException } from '@nestjs/common';
import { type Outcome, OutcomeError, OUTCOMES } from '@floodgate/kernel';

/** RFC 9457 problem details with the outcome; also the shape of answers that are no problem (status 2xx). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly outcome: Outcome;
  readonly detail?: string;
  readonly field?: string;
  readonly pollAfterMs?: number;
  readonly message: { readonly zh: string; readonly en: string };
  readonly requestId?: string;
}

/** What a client is told of a refusal. An OutcomeError is one; where refusing must cost next to nothing, so is a plain object. */
export type Refusal = Pick<OutcomeError, 'outcome' | 'message' | 'field' | 'pollAfterMs'>;

const STORE_AWAY_POLL_AFTER_MS = 2_000;

/** The one place where an outcome becomes an HTTP answer. */
export function toProblem(error: Refusal, requestId?: string): Problem {
  const { httpStatus, zh, en } = OUTCOMES[error.outcome];
  return {
    type: `urn:floodgate:outcome:${error.outcome}`,
    title: en,
    status: httpStatus,
    outcome: error.outcome,
    ...(error.message !== '' && { detail: error.message }),
    ...(error.field !== undefined && { field: error.field }),
    ...(error.pollAfterMs !== undefined && { pollAfterMs: error.pollAfterMs }),
    message: { zh, en },
    ...(requestId !== undefined && { requestId }),
  };
}

/**
 * Gives any thrown thing its outcome. While the database is away it is WAIT: whether something took effect is unknown, and the same request with the same ids
 * is answered once it is back. What else is no OutcomeError is a surprise: the client hears INTERNAL and nothing of the cause, which belongs in the log.
 */
export function toOutcomeError(error: unknown): OutcomeError {
  if (error instanceof OutcomeError) return error;
  const status = httpStatusOf(error);
  if (status === 404) return new OutcomeError('INVALID_REQUEST', 'there is nothing at this path');
  if (status === 429) return new OutcomeError('TOO_FREQUENT', 'too many requests');
  if (status === 413) return new OutcomeError('INVALID_REQUEST', 'the body is too large', { field: 'body' });
  if (status !== undefined && status >= 400 && status < 500) {
    return new OutcomeError('INVALID_REQUEST', 'the request cannot be read', { field: 'body' });
  }
  if (isDatabaseAway(error))
    return new OutcomeError('WAIT', '', { pollAfterMs: STORE_AWAY_POLL_AFTER_MS, cause: error });
  return new OutcomeError('INTERNAL', '', { cause: error });
}

// Fastify's errors have statusCode.
function httpStatusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (typeof error !== 'object' || error === null) return undefined;
  if ('statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return undefined;
}
