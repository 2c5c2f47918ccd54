import { type Outcome } from './outcome';

/**
 * An expected refusal on its way to the client. Entrances turn a use case's result into one; nest-kit maps it to HTTP
 * (problem+json) and gRPC. `detail` is for people and must hold no secret.
 */
export class OutcomeError extends Error {
  readonly outcome: Outcome;
  /** The field of the request that is wrong, as a path such as `pools.0.stock`. */
  readonly field: string | undefined;
  readonly pollAfterMs: number | undefined;

  constructor(outcome: Outcome, detail: string, more: { field?: string; pollAfterMs?: number; cause?: unknown } = {}) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'OutcomeError';
    this.outcome = outcome;
    this.field = more.field;
    this.pollAfterMs = more.pollAfterMs;
  }
}
