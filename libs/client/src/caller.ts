import { type Api, dropEndsAtMs, type EffectivePolicy, isShed } from '@floodgate/domain/degradation-plan';
import { type Outcome, OUTCOMES } from '@floodgate/kernel';
import { AdaptiveThrottle, type Asking, isAccepted, type ServerThrottle } from './adaptive-throttle';
import { challengeHeader, solveChallenge } from './challenge';
import { type AnswerBody, type ClientOptions, type Fetch, type RetryOptions } from './options';
import { Passes } from './passes';
import { PolicyFiles } from './policy-files';
import { type AskPolicy, isPolicyAnswer, type PolicyAnswer, PolicyStore } from './policy-store';
import { type ClientOutcome, type Refused } from './results';
import {
  backOffMs,
  type Called,
  gaveUp,
  type Held,
  leavesOpen,
  pollAfterOf,
  priorityOf,
  refusedBy,
  retryOf,
  type Tried,
} from './rules';
import { RetryBudget } from './retry-budget';
import { type Sleep, sleep } from './sleep';
import { type Attempt, attempt, pathOf, present, type Request } from './transport';

export interface Call extends Request {
  /** What the plan calls it; left out: never dropped, as reads of results are not. */
  readonly api?: Api;
  /** On top of what every request carries. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A refusal that there is something else to do about than to ask again. */
  readonly isFinal?: (refused: Refused) => boolean;
  /** The same answer by another way: waiting ends when it comes. Ends by itself, with undefined, when the signal is given. */
  readonly pushed?: (signal: AbortSignal) => Promise<object | undefined>;
}

export interface CallLimits extends RetryOptions {
  /** How often to poll because the server said so; as often as time allows by default. */
  readonly pollsMax?: number;
}

const POLL_DEFAULT_MS = 1_000;
const POLL_MIN_MS = 50;
const POLL_JITTER = 0.2;
const POLL_JITTER_MAX_MS = 1_000;

/** How far a call has come. */
interface Progress {
  sent: number;
  failures: number;
  polls: number;
  inDoubt: boolean;
  /** The last that was sent: what was kept back after it says nothing about it. */
  answered: Attempt | undefined;
  /** Of a challenge; one call solves one at most. */
  solution: string | undefined;
}

/** Sends calls and retries what may be retried, as each outcome's rule says, within attempts, time and the retry budget. */
export class Caller {
  readonly policies: PolicyStore;
  private readonly files: PolicyFiles;
  private readonly budget: RetryBudget;
  private readonly throttle: ServerThrottle;
  private readonly passes = new Passes();
  private readonly random: () => number;
  private readonly clock: () => number;
  /** For how long something takes or lasts: it only goes on, whatever is done to the device's clock. */
  readonly nowMs: () => number;
  private readonly sleep: Sleep;
  private readonly fetch: Fetch;
  private readonly attemptTimeoutMs: number;

  constructor(
    private readonly options: ClientOptions,
    readonly userId: string | undefined,
  ) {
    this.random = options.random ?? Math.random;
    this.clock = options.clock ?? Date.now;
    this.nowMs = options.clock ?? (() => performance.timeOrigin + performance.now());
    this.sleep = options.sleep ?? sleep;
    this.fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.attemptTimeoutMs = options.attemptTimeoutMs ?? 5_000;
    this.policies = options.policies ?? new PolicyStore();
    const { policyFileUrls: urls = [], policyPublicKeys: publicKeys = [] } = options;
    const { fetch, clock, random, attemptTimeoutMs: timeoutMs } = this;
    this.files = new PolicyFiles(this.policies, { urls, publicKeys, fetch, timeoutMs, clock, random });
    this.budget = options.retryBudget ?? new RetryBudget({ start: this.random() });
    this.throttle = (options.throttle ?? new AdaptiveThrottle()).of(options.baseUrl);
  }

  /** Never rejects. `T` is what the API answers with a success's outcome. */
  async call<T>(call: Call, retry: CallLimits = {}): Promise<Called<T>> {
    const attemptsMax = retry.attemptsMax ?? this.options.attemptsMax ?? 3;
    const deadlineMs = this.nowMs() + (retry.timeBudgetMs ?? this.options.timeBudgetMs ?? 30_000);
    const progress: Progress = {
      sent: 0,
      failures: 0,
      polls: 0,
      inDoubt: false,
      answered: undefined,
      solution: undefined,
    };
    for (;;) {
      const told = await this.try(call, progress);
      if (told.kind === 'answer' && OUTCOMES[told.outcome].httpStatus === 200) {
        return { result: told.body as unknown as T, inDoubt: progress.inDoubt };
      }
      progress.inDoubt ||= leavesOpen(told) && call.isFinal?.(refusedBy(told)) !== true;
      const challenged = await this.meetChallenge(call, told, progress);
      if (challenged === 'solved') continue;
      const tried = challenged ?? told;
      if (call.isFinal?.(refusedBy(tried)) === true) return { result: refusedBy(tried), inDoubt: progress.inDoubt };
      const { inDoubt } = progress;
      const rule = retryOf(tried);
      if (rule === 'never') return { result: refusedBy(tried), inDoubt };
      if (rule === 'poll') progress.polls += 1;
      else progress.failures += 1;
      const waitMs =
        rule === 'poll' ? this.pollWaitMs(call, tried) : backOffMs(tried, progress.failures, this.random());
      const isLate = this.nowMs() + waitMs > deadlineMs;
      const isAllowed =
        rule === 'poll'
          ? progress.polls <= (retry.pollsMax ?? Infinity)
          : progress.failures < attemptsMax && (isLate || this.mayRetry(tried));
      if (isLate || !isAllowed) return { result: gaveUp(progress.answered ?? tried, waitMs), inDoubt };
      const pushed = await this.pauseUnless(waitMs, call.pushed);
      if (pushed !== undefined) return { result: pushed as T, inDoubt };
    }
  }

  /** Takes one retry out of the budget, if there is one. What was kept back here cost the server nothing and may be tried again. */
  mayRetry(tried?: Tried): boolean {
    return tried?.kind === 'held' || this.budget.spend();
  }

  /** Waits; false when `untilMs` (server time) is further away than `budgetMs`, without waiting. */
  async waitUntil(campaignId: string, untilMs: number, budgetMs: number): Promise<boolean> {
    const waitMs = untilMs - this.serverMs(campaignId);
    if (waitMs > budgetMs) return false;
    if (waitMs > 0) await this.sleep(waitMs);
    return true;
  }

  async pause(ms: number, signal?: AbortSignal): Promise<void> {
    await this.sleep(ms, signal);
  }

  /** Waits, but no longer than until `pushed` has something, which is then returned. */
  async pauseUnless<T>(
    ms: number,
    pushed: ((signal: AbortSignal) => Promise<T | undefined>) | undefined,
  ): Promise<T | undefined> {
    if (!pushed) {
      await this.sleep(ms);
      return undefined;
    }
    const over = new AbortController();
    const first = await Promise.race([pushed(over.signal), this.sleep(ms, over.signal).then(() => undefined)]);
    over.abort();
    return first;
  }

  serverMs(campaignId: string): number {
    return this.policies.serverMs(campaignId, this.clock());
  }

  /** When this person may enter, as far as is known here. */
  entryMoment(campaignId: string): { t0Ms: number; entersAtMs: number } | undefined {
    return this.policies.entryMoment(campaignId, this.userId);
  }

  /** Some part of `spreadMs`. */
  jitterMs(spreadMs: number): number {
    return this.random() * spreadMs;
  }

  /** A time that was told, but not for all at once: up to a fifth more, and no more than a second. */
  spread(toldMs: number): number {
    return Math.max(POLL_MIN_MS, toldMs) + this.jitterMs(Math.min(toldMs * POLL_JITTER, POLL_JITTER_MAX_MS));
  }

  /** The policy that holds now, asked for if need be; undefined while nobody tells it. */
  async policy(campaignId: string): Promise<EffectivePolicy | undefined> {
    await this.files.refresh(campaignId, true);
    // Who is to send nothing does not ask either: what changes, a later file says, or the end of the window.
    if (
      this.policies.isTimeInDoubt(campaignId, this.clock) ||
      !this.shedBy(this.policies.policyFor(campaignId, this.clock()), 'venue', campaignId)
    ) {
      await this.policies.refresh(campaignId, this.clock, (how) => this.askPolicy(campaignId, how));
    }
    return this.policies.policyFor(campaignId, this.clock());
  }

  /** Takes in a policy that a server told of its own accord. */
  learnPolicy(campaignId: string, answer: PolicyAnswer, how: 'pushed' | 'refused' = 'pushed'): void {
    this.policies.learn(campaignId, answer, this.clock(), how);
  }

  /** Opens the stream of a campaign's events; undefined when the server does not give one, or this fetch cannot read it. */
  async openStream(campaignId: string, signal: AbortSignal): Promise<AnswerBody | undefined> {
    const request = { route: '/events', params: {}, query: { campaignId } };
    const headers = present({ accept: 'text/event-stream', ...this.headersFor(campaignId) });
    try {
      const answer = await this.fetch(`${this.options.baseUrl}${pathOf(request)}`, { method: 'GET', headers, signal });
      return answer.status === 200 ? (answer.body ?? undefined) : undefined;
    } catch {
      // One failure decides: calls ask by themselves.
      return undefined;
    }
  }

  private async try(call: Call, progress: Progress): Promise<Tried> {
    const { campaignId } = call.params;
    const policy = await this.policyOf(call);
    const asking = this.asking(call, policy);
    const held = (await this.dropped(call, policy)) ?? this.throttled(asking);
    if (held) {
      this.tell(call, held.outcome, { latencyMs: 0, sent: false, attempt: progress.sent + 1 });
      return held;
    }
    progress.sent += 1;
    if (progress.sent === 1) this.budget.earn();
    const startedMs = performance.now();
    const tried = await this.send(call, { ...call.headers, ...challengeHeader(progress.solution) });
    progress.answered = tried;
    this.throttle.ended(asking, tried.kind === 'answer' ? isAccepted(tried.outcome) : undefined, this.nowMs());
    this.tell(call, tried.outcome, { latencyMs: performance.now() - startedMs, sent: true, attempt: progress.sent });
    if (tried.kind === 'unknown' && campaignId !== undefined) await this.files.refresh(campaignId);
    return tried;
  }

  private async policyOf({ api, params: { campaignId } }: Call): Promise<EffectivePolicy | undefined> {
    return api === undefined || campaignId === undefined ? undefined : this.policy(campaignId);
  }

  /** Not sent at all, which spares the server even the refusal: the pushed policy drops it. */
  private async dropped(
    { api, params: { campaignId } }: Call,
    policy: EffectivePolicy | undefined,
  ): Promise<Held | undefined> {
    if (api === undefined || campaignId === undefined || !this.shedBy(policy, api, campaignId)) return undefined;
    await this.files.refresh(campaignId);
    // The file may have ended it.
    const newer = this.policies.policyFor(campaignId, this.clock());
    if (!newer || !this.shedBy(newer, api, campaignId)) return undefined;
    const serverMs = this.serverMs(campaignId);
    const waitMs = dropEndsAtMs(newer.clientDrop, serverMs) - serverMs;
    return { kind: 'held', outcome: 'DROPPED_HERE', waitMs };
  }

  /** Not sent either, because it would be refused anyway. */
  private throttled(asking: Asking): Held | undefined {
    const waitMs = this.throttle.take(asking, this.nowMs(), this.random());
    return waitMs === undefined ? undefined : { kind: 'held', outcome: 'THROTTLED_HERE', waitMs };
  }

  private asking({ api, params: { campaignId } }: Call, policy: EffectivePolicy | undefined): Asking {
    return {
      priority: priorityOf(api, policy),
      isTopmost: api === undefined,
      userId: this.userId,
      serverMs: campaignId === undefined ? this.clock() : this.serverMs(campaignId),
      campaignId,
    };
  }

  private headersFor(campaignId: string | undefined): Record<string, string | undefined> {
    const { token, deviceId } = this.options;
    return {
      authorization: token === undefined ? undefined : `Bearer ${token}`,
      'fg-device': deviceId,
      'fg-pass': this.passes.of(campaignId),
    };
  }

  private shedBy(policy: EffectivePolicy | undefined, api: Api, campaignId: string): boolean {
    if (!policy || this.userId === undefined) return false;
    return isShed(policy.clientDrop, policy.priorities[api], this.userId, this.serverMs(campaignId));
  }

  private async send(request: Request, headers: Readonly<Record<string, string>> = {}): Promise<Attempt> {
    const { campaignId } = request.params;
    const { fetch } = this;
    const goesBy = campaignId === undefined ? undefined : String(this.policies.versionOf(campaignId) ?? 'none');
    const all = { ...this.headersFor(campaignId), 'fg-policy-version': goesBy, ...headers };
    const transport = { baseUrl: this.options.baseUrl, fetch, headers: all };
    const sent = await attempt(transport, request, this.attemptTimeoutMs);
    if (sent.kind === 'answer') {
      const { policyVersion, cursor, pass } = sent.told;
      const ridden = sent.body['policy'];
      if (policyVersion !== undefined) this.policies.heard(policyVersion);
      if (campaignId !== undefined && isPolicyAnswer(ridden)) this.learnPolicy(campaignId, ridden, 'refused');
      this.throttle.heardCursor(cursor, this.nowMs(), campaignId, this.random());
      if (pass !== undefined && campaignId !== undefined) this.passes.keep(campaignId, pass);
    }
    return sent;
  }

  private async askPolicy(campaignId: string, how: Parameters<AskPolicy>[0]): Promise<PolicyAnswer | undefined> {
    if (how === 'retry' && !this.budget.spend()) return undefined;
    if (how === 'probe') this.budget.owe();
    const request = { method: 'GET', route: '/policy', params: {}, query: { campaignId } } as const;
    const tried = await this.send(request);
    return tried.kind === 'answer' && isPolicyAnswer(tried.body) ? tried.body : undefined;
  }

  /**
   * Solves what was asked for, once in a call: the call is to be sent again at once. Returns the refusal when the challenge itself could not be had just now, which
   * is a reason to try again and none to give up; undefined when there is nothing to solve, or it cannot be solved.
   */
  private async meetChallenge(
    { params: { campaignId } }: Call,
    told: Tried,
    progress: Progress,
  ): Promise<'solved' | Attempt | undefined> {
    if (told.outcome !== 'CHALLENGE_REQUIRED' || campaignId === undefined || progress.solution !== undefined)
      return undefined;
    const route = '/campaigns/{campaignId}/challenge';
    const asked = await this.send({ method: 'GET', route, params: { campaignId } });
    if (asked.kind !== 'answer' || asked.outcome !== 'OK') {
      if (retryOf(asked) === 'never') return undefined;
      progress.answered = asked;
      return asked;
    }
    const { solveChallenge: solve = solveChallenge, onChallengeFailed } = this.options;
    try {
      progress.solution = await solve(asked.body['challenge']);
    } catch (error) {
      onChallengeFailed?.(error, campaignId);
    }
    return progress.solution === undefined ? undefined : 'solved';
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
    return this.spread(pollAfterOf(tried) ?? policy?.pollIntervalMs ?? POLL_DEFAULT_MS);
  }
}
