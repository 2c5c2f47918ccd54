import { type Outcome, OutcomeError } from '@floodgate/kernel';
import {
  bulkhead,
  type BulkheadPolicy,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  CountBreaker,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
} from 'cockatiel';
import { type Counter, Gauge } from 'prom-client';
import { OutOfTime } from './deadline';
import { type Metrics } from './metrics';

export interface NonCriticalOptions {
  /** Calls under way at a time; more are done without. */
  readonly concurrencyMax?: number;
  /** How long the callee is left alone once too many calls have failed; then one call tries it. */
  readonly openForMs?: number;
}

/** Why an answer was done without. */
type Lack = 'open' | 'full' | 'failed' | 'refused';

const CONCURRENCY_MAX = 64;
const OPEN_FOR_MS = 2_000;
/** The last so many calls are looked at: counted, not timed, so that a quiet hour opens nothing. */
const CALLS_LOOKED_AT = 20;
const CALLS_MIN = 5;
const FAILED_SHARE_MAX = 0.5;

const NOT_SERVED: ReadonlySet<Outcome> = new Set<Outcome>(['TRY_LATER', 'INTERNAL', 'TOO_HOT', 'WAIT']);

/** What the breaker counts as a failure: the callee or its database is away, late or broken. A refusal is an answer, and OutOfTime says nothing of it. */
const isFailure = (error: Error) =>
  error instanceof OutcomeError && !(error instanceof OutOfTime) && NOT_SERVED.has(error.outcome);

/**
 * Calls that can be done without. A callee in trouble is left alone for a while, and however slow it is, it holds so many calls of ours and no more:
 * what is not critical takes nothing from what is.
 */
export class NonCriticalCall {
  private readonly breaker: CircuitBreakerPolicy;
  private readonly places: BulkheadPolicy;

  constructor(
    private readonly without: (why: Lack) => void,
    { concurrencyMax = CONCURRENCY_MAX, openForMs = OPEN_FOR_MS }: NonCriticalOptions = {},
  ) {
    this.places = bulkhead(concurrencyMax);
    this.breaker = circuitBreaker(handleWhen(isFailure), {
      halfOpenAfter: openForMs,
      breaker: new CountBreaker({
        threshold: FAILED_SHARE_MAX,
        size: CALLS_LOOKED_AT,
        minimumNumberOfCalls: CALLS_MIN,
      }),
    });
  }

  /** The answer, or undefined: do without. Throws what `call` throws, unless it is an OutcomeError. */
  async ask<T>(call: () => Promise<T>): Promise<T | undefined> {
    // While one call tries the callee, cockatiel would let all others wait for what comes of it.
    if (this.state === 'trying') return this.lack('open');
    try {
      return await this.places.execute(() => this.breaker.execute(call));
    } catch (error) {
      if (isBrokenCircuitError(error)) return this.lack('open');
      if (isBulkheadRejectedError(error)) return this.lack('full');
      if (!(error instanceof OutcomeError)) throw error;
      return this.lack(isFailure(error) ? 'failed' : 'refused');
    }
  }

  /** open: the callee is left alone; trying: one call finds out whether it is back. */
  get state(): 'closed' | 'trying' | 'open' {
    if (this.breaker.state === CircuitState.Closed) return 'closed';
    return this.breaker.state === CircuitState.HalfOpen ? 'trying' : 'open';
  }

  private lack(why: Lack): undefined {
    this.without(why);
    return undefined;
  }
}

/** The non-critical calls of this process, with their state in the metrics. */
export class NonCriticalCalls {
  private readonly lacks: Counter<'call' | 'why'>;
  private readonly calls = new Map<string, NonCriticalCall>();

  constructor(metrics: Metrics) {
    const help =
      'Non-critical answers done without, by why: the callee was left alone, our places for it were full, it failed, it refused.';
    this.lacks = metrics.counter('done_without_total', help, ['call', 'why']);
    const { calls } = this;
    new Gauge({
      name: 'floodgate_breaker_open',
      help: '1 while the callee of a non-critical call is left alone, 0.5 while one call tries it.',
      labelNames: ['call'],
      registers: [metrics.registry],
      collect() {
        for (const [call, { state }] of calls) this.set({ call }, STATE_VALUES[state]);
      },
    });
  }

  /** `name` stands in the metrics; each has a breaker and places of its own. */
  of(name: string, options?: NonCriticalOptions): NonCriticalCall {
    const known = this.calls.get(name);
    if (known) return known;
    const made = new NonCriticalCall((why) => this.lacks.inc({ call: name, why }), options);
    this.calls.set(name, made);
    return made;
  }
}

const STATE_VALUES = { closed: 0, trying: 0.5, open: 1 } as const;
