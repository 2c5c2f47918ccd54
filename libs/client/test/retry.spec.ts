import { AdaptiveThrottle, type ClientOptions, FloodgateClient, PolicyStore, type Fetch, RetryBudget } from '../src';
import { type Outcome, OUTCOMES } from '@floodgate/kernel';
import fc from 'fast-check';
import { VirtualTime } from './virtual-time';

const ATTEMPTS_MAX = 4;
const TIME_BUDGET_MS = 60_000;
const NO_THROTTLE = new AdaptiveThrottle({ k: Infinity });

type Step = { readonly outcome: Outcome; readonly pollAfterMs?: number } | 'offline' | 'bad-gateway' | 'unreadable';

const ruleOf = (step: Step) => (typeof step === 'string' ? 'back-off' : OUTCOMES[step.outcome].retry);

function scripted(script: readonly Step[]): { fetch: Fetch; used: () => Step[] } {
  let sent = 0;
  const fetch: Fetch = () => {
    const step = script[Math.min(sent, script.length - 1)] ?? 'offline';
    sent += 1;
    if (step === 'offline') return Promise.reject(new TypeError('fetch failed'));
    const headers = { get: () => null };
    if (step === 'bad-gateway') return Promise.resolve({ status: 502, headers, text: () => Promise.resolve('') });
    const text = step === 'unreadable' ? '<html>' : JSON.stringify(step);
    return Promise.resolve({ status: 200, headers, text: () => Promise.resolve(text) });
  };
  return {
    fetch,
    used: () => Array.from({ length: sent }, (_, i) => script[Math.min(i, script.length - 1)] ?? 'offline'),
  };
}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>('offline', 'bad-gateway', 'unreadable'),
  fc.record(
    {
      outcome: fc.constantFrom(...(Object.keys(OUTCOMES) as Outcome[])),
      pollAfterMs: fc.integer({ min: 0, max: 20_000 }),
    },
    { requiredKeys: ['outcome'] },
  ),
);

function clientOf(fetch: Fetch, time: VirtualTime, more: Partial<ClientOptions> = {}) {
  const { clock, sleep } = time;
  const limits = { attemptsMax: ATTEMPTS_MAX, timeBudgetMs: TIME_BUDGET_MS };
  const retryBudget = new RetryBudget({ start: 10 });
  const throttle = NO_THROTTLE;
  return new FloodgateClient({
    baseUrl: 'http://floodgate.test',
    fetch,
    clock,
    sleep,
    retryBudget,
    throttle,
    ...limits,
    ...more,
  });
}

describe('retries', () => {
  it('sends what may be retried and no more, within attempts and time, whatever the answers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (script, random) => {
          const time = new VirtualTime();
          const { fetch, used } = scripted(script);
          // cancelOrder touches no campaign, so each request is an attempt.
          const result = await clientOf(fetch, time, { random: () => random }).cancelOrder('o1');
          const steps = used();
          const before = steps.slice(0, -1);
          expect(before.every((step) => ruleOf(step) !== 'never')).toBe(true);
          expect(steps.filter((step) => ruleOf(step) === 'back-off').length).toBeLessThanOrEqual(ATTEMPTS_MAX);
          // Sums of fractions may be off by a billionth.
          expect(Math.round(time.sleptMs)).toBeLessThanOrEqual(TIME_BUDGET_MS);
          expect(time.slept).toHaveLength(before.length);
          for (const [i, step] of before.entries()) {
            if (typeof step !== 'string') expect(time.slept[i]).toBeGreaterThanOrEqual(step.pollAfterMs ?? 0);
          }
          const last = steps.at(-1);
          if (last !== undefined && ruleOf(last) === 'never')
            expect(result.outcome).toBe(typeof last === 'string' ? '' : last.outcome);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('backs off binary exponentially with full jitter', async () => {
    const time = new VirtualTime();
    await clientOf(scripted(['offline']).fetch, time, { random: () => 0.5 }).cancelOrder('o1');
    expect(time.slept).toEqual([100, 200, 400]);
  });

  it('gives up on what is still under way, and says what it was', async () => {
    const wait = scripted([{ outcome: 'PAYMENT_PENDING', pollAfterMs: 20_000 }]);
    expect(await clientOf(wait.fetch, new VirtualTime()).cancelOrder('o1')).toMatchObject({
      outcome: 'GAVE_UP',
      last: 'PAYMENT_PENDING',
    });
    expect(await clientOf(scripted(['bad-gateway']).fetch, new VirtualTime()).cancelOrder('o1')).toMatchObject({
      outcome: 'GAVE_UP',
      last: 'BAD_GATEWAY',
    });
  });

  it('passes on a refusal that outlasts its retries, with when to look again', async () => {
    const hot = scripted([{ outcome: 'TOO_HOT' }]);
    const result = await clientOf(hot.fetch, new VirtualTime()).cancelOrder('o1');
    expect(result).toMatchObject({ outcome: 'TOO_HOT', pollAfterMs: expect.any(Number) as number });
    expect(hot.used()).toHaveLength(ATTEMPTS_MAX);
  });

  it('keeps retries to a share of requests once the reserve is spent', async () => {
    const retryBudget = new RetryBudget({ ratio: 0.1, reserve: 2, start: 2 });
    const failing = scripted(['offline']);
    const client = clientOf(failing.fetch, new VirtualTime(), { retryBudget, throttle: NO_THROTTLE });
    for (let i = 0; i < 100; i += 1) await client.cancelOrder('o1');
    expect(failing.used().length).toBeLessThanOrEqual(100 + 2 + 10);
    expect(failing.used().length).toBeGreaterThanOrEqual(100 + 2 + 8);
  });

  it('retries of a crowd are the same share, though each has one request', async () => {
    const failing = scripted(['offline']);
    const crowd = Array.from({ length: 2_000 }, (_, i) => {
      const retryBudget = new RetryBudget({ start: i / 2_000 });
      return clientOf(failing.fetch, new VirtualTime(), { retryBudget, random: () => 0.99 }).cancelOrder('o1');
    });
    await Promise.all(crowd);
    expect(failing.used().length).toBeGreaterThanOrEqual(2_000 + 190);
    expect(failing.used().length).toBeLessThanOrEqual(2_000 + 210);
  });

  it('has no more than one retry to begin with', () => {
    for (let i = 0; i < 100; i += 1) {
      const budget = new RetryBudget();
      expect(budget.spend()).toBe(false);
    }
  });

  it('says what the last answer was, whatever was kept back after it', async () => {
    const throttle = new AdaptiveThrottle();
    const result = await clientOf(scripted(['offline']).fetch, new VirtualTime(), {
      throttle,
      random: () => 0.3,
    }).cancelOrder('o1');
    expect(result).toMatchObject({ outcome: 'GAVE_UP', last: 'OFFLINE' });
  });

  it('tells each attempt', async () => {
    const told: unknown[] = [];
    const { fetch } = scripted(['offline', { outcome: 'TOO_HOT' }, { outcome: 'FORBIDDEN' }]);
    const { clock, sleep } = new VirtualTime();
    const client = new FloodgateClient({
      baseUrl: '',
      fetch,
      clock,
      sleep,
      policies: new PolicyStore(),
      retryBudget: new RetryBudget({ start: 10 }),
      throttle: NO_THROTTLE,
      onAttempt: (event) => told.push(event),
    });
    await client.cancelOrder('o1');
    const common = { method: 'POST', route: '/orders/{orderId}/cancellation', params: { orderId: 'o1' }, sent: true };
    expect(told).toEqual([
      { ...common, outcome: 'OFFLINE', attempt: 1, latencyMs: expect.any(Number) as number },
      { ...common, outcome: 'TOO_HOT', attempt: 2, latencyMs: expect.any(Number) as number },
      { ...common, outcome: 'FORBIDDEN', attempt: 3, latencyMs: expect.any(Number) as number },
    ]);
  });
});
