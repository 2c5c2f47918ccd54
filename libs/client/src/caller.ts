import { dropEndsAtMs, type EffectivePolicy, isShed, type Priority } from '@floodgate/domain/degradation-plan';
import { type Outcome, OUTCOMES } from '@floodgate/kernel';
import { type ClientOptions, type RetryOptions } from './options';
import { type PolicyAnswer, PolicyStore } from './policy-store';
import { type ClientOutcome, type Refused } from './results';
import { RetryBudget } from './retry-budget';
import { type Attempt, attempt, type Request } from './transport';

export interface Call extends Request {
  /** Left out: exempt from the plan's drop, as reads of results are. */
  readonly priority?: Priority;
}

export interface CallLimits extends RetryOptions {
  /** How often to poll because the server said so; as often as time allows by default. */
  readonly pollsMax?: number;
}

/** `inDoubt`: some attempt may have taken effect without its result being known. */
export interface Called<T> {
  readonly result: T | Refused;
  readonly inDoubt: boolean;
}

type Held = { readonly kind: 'held'; readonly outcome: 'DROPPED_HERE'; readonly waitMs: number };
type Tried = Attempt | Held;

const BACK_OFF_BASE_MS = 200;
const BACK_OFF_MAX_MS = 10_000;
const POLL_DEFAULT_MS = 1_000;
const POLL_MIN_MS = 50;
const POLL_JITTER = 0.2;
const POLL_JITTER_MAX_MS = 1_000;

// Refused because it is not finished, so giving up on it is no refusal.
const UNDER_WAY: ReadonlySet<string> = new Set<Outcome>(['WAIT', 'PAYMENT_PENDING', 'PAYMENT_REISSUING']);
// An answer that leaves open whether the request took effect.
const LEAVES_OPEN: ReadonlySet<string> = new Set<Outcome>(['WAIT', 'TRY_LATER', 'INTERNAL']);

/** Sends calls and retries what may be retried, as each outcome's rule says, within attempts, time and the retry budget. */
export class Caller {
  readonly policies: PolicyStore;
  private readonly budget: RetryBudget;
  private readonly random: () => number;
  private readonly clock: () => number;
  private readonly sleep: (ms: number) => Promise<void>;

  constructor(
    private readonly options: ClientOptions,
    private readonly userId: string | undefined,
  ) {
    this.policies = options.policies ?? new PolicyStore();
    this.budget = options.retryBudget ?? new RetryBudget();
    this.random = options.random ?? Math.random;
    this.clock = options.clock ?? Date.now;
    this.sleep = options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  }

  /** Never rejects. `T` is what the API answers with a success's outcome. */
  async call<T>(call: Call, retry: CallLimits = {}): Promise<Called<T>> {
    const attemptsMax = retry.attemptsMax ?? this.options.attemptsMax ?? 3;
    const deadlineMs = this.clock() + (retry.timeBudgetMs ?? this.options.timeBudgetMs ?? 30_000);
    let inDoubt = false;
    let failures = 0;
    let polls = 0;
    this.budget.earn();
    for (let sent = 1; ; sent += 1) {
      const tried = await this.try(call, sent);
      if (tried.kind === 'answer' && OUTCOMES[tried.outcome].httpStatus === 200) {
        return { result: tried.body as unknown as T, inDoubt };
      }
      inDoubt ||= tried.kind === 'unknown' || LEAVES_OPEN.has(tried.outcome);
      if (retryOf(tried) === 'never') return { result: refusedBy(tried), inDoubt };
      const isPoll = retryOf(tried) === 'poll';
      if (isPoll) polls += 1;
      else failures += 1;
      const waitMs = isPoll ? this.pollWaitMs(call, tried) : this.backOffMs(tried, failures);
      const allowed = isPoll ? polls <= (retry.pollsMax ?? Infinity) : failures < attemptsMax && this.budget.spend();
      if (!allowed || this.clock() + waitMs > deadlineMs) return { result: gaveUp(tried, waitMs), inDoubt };
      await this.sleep(waitMs);
    }
  }

  /** Waits; false when `untilMs` (server time) is further away than `budgetMs`, without waiting. */
  async waitUntil(campaignId: string, untilMs: number, budgetMs: number): Promise<boolean> {
    const waitMs = untilMs - this.serverMs(campaignId);
    if (waitMs > budgetMs) return false;
    if (waitMs > 0) await this.sleep(waitMs);
    return true;
  }

  async pause(ms: number): Promise<void> {
    await this.sleep(ms);
  }

  nowMs(): number {
    return this.clock();
  }

  serverMs(campaignId: string): number {
    return this.policies.serverMs(campaignId, this.clock());
  }

  /** Some part of `spreadMs`. */
  jitterMs(spreadMs: number): number {
    return this.random() * spreadMs;
  }

  /** The policy that holds now, asked for if need be; undefined while no server tells it. */
  async policy(campaignId: string): Promise<EffectivePolicy | undefined> {
    await this.policies.refresh(campaignId, this.clock, () => this.askPolicy(campaignId));
    return this.policies.policyFor(campaignId, this.clock());
  }

  private async try(call: Call, sent: number): Promise<Tried> {
    const held = await this.heldBack(call);
    if (held) {
      this.tell(call, held.outcome, { latencyMs: 0, sent: false, attempt: sent });
      return held;
    }
    const startedMs = performance.now();
    const tried = await this.send(call);
    this.tell(call, tried.outcome, { latencyMs: performance.now() - startedMs, sent: true, attempt: sent });
    if (tried.kind === 'answer' && tried.policyVersion !== undefined) this.policies.heard(tried.policyVersion);
    return tried;
  }

  /** The pushed policy's drop, which spares the server even the refusal. */
  private async heldBack({ priority, params }: Call): Promise<Held | undefined> {
    const { campaignId } = params;
    if (priority === undefined || campaignId === undefined || this.userId === undefined) return undefined;
    const policy = await this.policy(campaignId);
    const serverMs = this.serverMs(campaignId);
    if (!policy || !isShed(policy.clientDrop, priority, this.userId, serverMs)) return undefined;
    return { kind: 'held', outcome: 'DROPPED_HERE', waitMs: dropEndsAtMs(policy.clientDrop, serverMs) - serverMs };
  }

  private send(request: Request): Promise<Attempt> {
    const { baseUrl, token, fetch = globalThis.fetch, attemptTimeoutMs = 5_000 } = this.options;
    return attempt({ baseUrl, token, fetch }, request, attemptTimeoutMs);
  }

  private async askPolicy(campaignId: string): Promise<PolicyAnswer | undefined> {
    const request = { method: 'GET', route: '/policy', params: {}, query: { campaignId } } as const;
    const tried = await this.send(request);
    return tried.kind === 'answer' && tried.outcome === 'OK' ? (tried.body as unknown as PolicyAnswer) : undefined;
  }

  private tell(
    { method, route, params }: Call,
    outcome: Outcome | ClientOutcome,
    more: { latencyMs: number; sent: boolean; attempt: number },
  ): void {
    this.options.onAttempt?.({ method, route, params, outcome, ...more });
  }

  /** Never before the time the server named, and not all at once after it. */
  private pollWaitMs({ params: { campaignId } }: Call, tried: Tried): number {
    const policy = campaignId === undefined ? undefined : this.policies.policyFor(campaignId, this.clock());
    const toldMs = pollAfterOf(tried) ?? policy?.pollIntervalMs ?? POLL_DEFAULT_MS;
    return Math.max(POLL_MIN_MS, toldMs) + Math.min(toldMs * POLL_JITTER, POLL_JITTER_MAX_MS) * this.random();
  }

  /** Binary exponential with full jitter, but not before the time the server named. */
  private backOffMs(tried: Tried, failures: number): number {
    const ceilingMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_BASE_MS * 2 ** (failures - 1));
    return (pollAfterOf(tried) ?? 0) + this.random() * ceilingMs;
  }
}

function retryOf(tried: Tried): 'never' | 'poll' | 'back-off' {
  switch (tried.kind) {
    case 'answer':
      return OUTCOMES[tried.outcome].retry;
    case 'held':
      return 'poll';
    case 'unknown':
      return 'back-off';
  }
}

function pollAfterOf(tried: Tried): number | undefined {
  if (tried.kind === 'held') return tried.waitMs;
  const told = tried.kind === 'answer' ? tried.body['pollAfterMs'] : undefined;
  return typeof told === 'number' && told >= 0 ? told : undefined;
}

function refusedBy(tried: Tried): Refused {
  // Successes have been returned before.
  const outcome = tried.outcome as Refused['outcome'];
  if (tried.kind !== 'answer') return { outcome };
  const text = (name: 'detail' | 'field' | 'requestId') => {
    const value = tried.body[name];
    return typeof value === 'string' ? { [name]: value } : {};
  };
  const pollAfterMs = pollAfterOf(tried);
  return {
    outcome,
    ...text('detail'),
    ...text('field'),
    ...text('requestId'),
    ...(pollAfterMs !== undefined && { pollAfterMs }),
  };
}

function gaveUp(tried: Tried, waitMs: number): Refused {
  const pollAfterMs = Math.round(waitMs);
  if (tried.kind === 'unknown' || UNDER_WAY.has(tried.outcome))
    return { outcome: 'GAVE_UP', last: tried.outcome, pollAfterMs };
  return { ...refusedBy(tried), pollAfterMs };
}
