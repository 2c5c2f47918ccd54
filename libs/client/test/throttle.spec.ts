import { PRIORITIES, type Priority, userLevel } from '@floodgate/domain/degradation-plan';
import fc from 'fast-check';
import { AdaptiveThrottle, type AttemptEvent, type Fetch, FloodgateClient, RetryBudget } from '../src';
import { ServerThrottle } from '../src/adaptive-throttle';
import { VirtualTime } from './virtual-time';

const SERVER = 'http://floodgate.test';
const NOW_MS = 1_800_000_000_000;
const TOKEN = `h.${Buffer.from('{"sub":"ann"}').toString('base64url')}.s`;

const asking = (priority: Priority, userId = 'ann') => ({ priority, userId, serverMs: NOW_MS });
const answering = (text: () => string, cursor: string | null = null): Fetch & { sent: string[] } => {
  const sent: string[] = [];
  const headers = { get: (name: string) => (name === 'fg-cursor' ? cursor : null) };
  const fetch: Fetch = (url) => {
    // The question for the policy is asked once, and again with back-off: it is not throttled.
    if (!url.includes('/policy')) sent.push(url.slice(SERVER.length));
    return Promise.resolve({ status: 200, headers, text: () => Promise.resolve(text()) });
  };
  return Object.assign(fetch, { sent });
};

/** A request that is sent in any case, and how it ends. */
function send(throttle: ServerThrottle, priority: Priority, accepted?: boolean, nowMs = NOW_MS): void {
  expect(throttle.take(asking(priority), nowMs, 1)).toBeUndefined();
  throttle.ended(asking(priority), accepted, nowMs);
}

/** After so many requests of each priority, of which so many were accepted. */
function throttleAfter(requests: Partial<Record<Priority, number>>, accepts: number): ServerThrottle {
  const throttle = new ServerThrottle();
  let acceptsLeft = accepts;
  for (const priority of PRIORITIES) {
    for (let i = 0; i < (requests[priority] ?? 0); i += 1) send(throttle, priority, acceptsLeft-- > 0);
  }
  return throttle;
}

describe('the adaptive throttle', () => {
  it('keeps back (requests - 2 x accepts) / (requests + 1)', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (requests, more) => {
        const accepts = Math.min(requests, more);
        const expected = Math.max(0, (requests - 2 * accepts) / (requests + 1));
        expect(throttleAfter({ browse: requests }, accepts).refusedShare('browse', NOW_MS)).toBeCloseTo(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('never keeps back more of a priority than of those below it, and pays before it browses', () => {
    const counts = fc.record({ pay: fc.nat(60), grab: fc.nat(60), qualify: fc.nat(60), browse: fc.nat(60) });
    fc.assert(
      fc.property(counts, fc.nat(60), (requests, accepts) => {
        const throttle = throttleAfter(requests, accepts);
        const shares = PRIORITIES.map((priority) => throttle.refusedShare(priority, NOW_MS));
        expect(shares).toEqual([...shares].sort((a, b) => a - b));
        if (requests.pay <= 2 * accepts) expect(shares[0]).toBe(0);
      }),
    );
  });

  it('counts a request before it is sent, so that those that never end count too, but for the first ten', () => {
    const throttle = new ServerThrottle();
    for (let i = 0; i < 10; i += 1) expect(throttle.take(asking('browse'), NOW_MS, 0)).toBeUndefined();
    expect(throttle.refusedShare('browse', NOW_MS)).toBe(0);
    expect(throttle.take(asking('browse'), NOW_MS, 0)).toBeUndefined();
    expect(throttle.refusedShare('browse', NOW_MS)).toBeCloseTo(1 / 12);
    expect(throttle.take(asking('browse'), NOW_MS, 0.08)).toBe(0);
    expect(throttle.refusedShare('browse', NOW_MS)).toBeCloseTo(2 / 13);
  });

  it('counts whoever had no answer', () => {
    const throttle = new ServerThrottle();
    send(throttle, 'browse', undefined);
    expect(throttle.refusedShare('browse', NOW_MS)).toBe(0.5);
  });

  it('forgets after two minutes, and no sooner', () => {
    const throttle = throttleAfter({ browse: 9 }, 0);
    expect(throttle.refusedShare('browse', NOW_MS + 114_000)).toBeCloseTo(0.9);
    expect(throttle.refusedShare('browse', NOW_MS + 120_000)).toBe(0);
  });

  it('lets one through from time to time, however many failed', () => {
    const throttle = throttleAfter({ browse: 1_000 }, 0);
    expect(throttle.take(asking('browse'), NOW_MS + 29_999, 0.5)).toBe(0);
    expect(throttle.take(asking('browse'), NOW_MS + 30_000, 0.5)).toBeUndefined();
    expect(throttle.take(asking('browse'), NOW_MS + 30_001, 0.5)).toBe(0);
  });

  it('keeps back whoever is below the cursor that the server told, the longer the further below', () => {
    const throttle = new ServerThrottle();
    const people = Array.from({ length: 50 }, (_, i) => `user-${i}`);
    throttle.heardCursor('grab:64', NOW_MS);
    for (const user of people) {
      expect(throttle.take(asking('pay', user), NOW_MS, 1)).toBeUndefined();
      const below = 64 - userLevel(user, NOW_MS);
      expect(throttle.take(asking('grab', user), NOW_MS, 1)).toBe(below > 0 ? 500 + 80 * below : undefined);
      // Nobody is kept back for longer than whoever is a whole priority below.
      expect(throttle.take(asking('browse', user), NOW_MS, 1)).toBe(500 + 80 * 128);
      expect(throttle.take(asking('browse', user), NOW_MS + 500 + 80 * 128, 1)).toBeUndefined();
    }
  });

  it('holds a cursor for a quarter less or more', () => {
    const waits = [0, 0.5, 1].map((random) => {
      const throttle = new ServerThrottle();
      throttle.heardCursor('grab:64', NOW_MS, '', random);
      return throttle.take(asking('browse'), NOW_MS, 1) ?? NaN;
    });
    const [least = NaN, middle = NaN, most = NaN] = waits;
    expect([least / middle, most / middle]).toEqual([0.75, 1.25]);
  });

  it('keeps back nobody of another campaign in the priority where the cursor stands', () => {
    const throttle = new ServerThrottle();
    const isKeptBack = (priority: Priority, campaignId: string) =>
      throttle.take({ ...asking(priority), campaignId }, NOW_MS, 1) !== undefined;
    throttle.heardCursor('grab:127', NOW_MS, 'busy');
    expect([isKeptBack('grab', 'busy'), isKeptBack('grab', 'quiet')]).toEqual([true, false]);
    // Whatever is below that priority is refused of everybody.
    expect([isKeptBack('browse', 'busy'), isKeptBack('browse', 'quiet')]).toEqual([true, true]);
    throttle.heardCursor('browse:0', NOW_MS, 'busy');
    expect([isKeptBack('browse', 'busy'), isKeptBack('grab', 'busy')]).toEqual([false, false]);
  });

  it('does not count what the cursor explains: when it comes down, nobody is shy for two minutes', () => {
    const throttle = new ServerThrottle();
    for (let i = 0; i < 10; i += 1) {
      const nowMs = NOW_MS + i * 20_000;
      expect(throttle.take(asking('browse'), nowMs, 1)).toBeUndefined();
      throttle.heardCursor('grab:0', nowMs);
      // By then it is another slice.
      throttle.ended(asking('browse'), false, nowMs + 5_000);
      expect(throttle.take(asking('browse'), nowMs, 1)).toBeDefined();
    }
    expect(throttle.refusedShare('browse', NOW_MS + 200_000)).toBe(0);
    // Refused although it was not below the cursor: that says something.
    throttle.take(asking('pay'), NOW_MS + 200_000, 1);
    throttle.ended(asking('pay'), false, NOW_MS + 200_000);
    expect(throttle.refusedShare('pay', NOW_MS + 200_000)).toBe(0.5);
  });

  it.each(['', 'nonsense', 'browse:999'])('takes %j for no cursor', (text) => {
    const throttle = new ServerThrottle();
    throttle.heardCursor(text, NOW_MS);
    expect(throttle.take(asking('browse'), NOW_MS, 1)).toBeUndefined();
  });

  it('keeps servers apart', () => {
    const throttle = new AdaptiveThrottle();
    send(throttle.of('a'), 'pay');
    expect(throttle.of('a').refusedShare('pay', NOW_MS)).toBe(0.5);
    expect(throttle.of('b').refusedShare('pay', NOW_MS)).toBe(0);
  });
});

describe('a client with a throttle', () => {
  afterEach(() => jest.useRealTimers());

  const clientOf = (fetch: Fetch, more: object = {}) =>
    new FloodgateClient({ baseUrl: SERVER, token: TOKEN, fetch, random: () => 0.4, ...new VirtualTime(), ...more });
  const warmed = () => {
    const throttle = new AdaptiveThrottle();
    for (let i = 0; i < 50; i += 1) send(throttle.of(SERVER), 'browse');
    return throttle;
  };

  it('sends nothing that is throttled, says so in its own words, and spends no retry on it', async () => {
    const fetch = answering(() => '{"outcome":"OK"}');
    const events: AttemptEvent[] = [];
    const retryBudget = new RetryBudget({ start: 1 });
    const onAttempt = (event: AttemptEvent) => events.push(event);
    const client = clientOf(fetch, { throttle: warmed(), retryBudget, onAttempt });
    const result = await client.cards('c');
    expect(result).toMatchObject({ outcome: 'THROTTLED_HERE', pollAfterMs: expect.any(Number) as number });
    expect(fetch.sent).toEqual([]);
    expect(events).toHaveLength(3);
    expect(new Set(events.map(({ outcome, sent, attempt }) => `${outcome} ${sent} ${attempt}`))).toEqual(
      new Set(['THROTTLED_HERE false 1']),
    );
    expect(retryBudget.spend()).toBe(true);
  });

  it('keeps back none of the calls a page begins with', async () => {
    const fetch = answering(() => '{"outcome":"OK"}');
    const client = clientOf(fetch, { random: () => 0, timeBudgetMs: 0 });
    const results = await Promise.all(['a', 'b', 'c'].map((campaignId) => client.cards(campaignId)));
    expect(results.map(({ outcome }) => outcome)).toEqual(['OK', 'OK', 'OK']);
  });

  it('still pays and reads results', async () => {
    const fetch = answering(() => '{"outcome":"OK"}');
    const client = clientOf(fetch, { throttle: warmed() });
    expect((await client.pay('o1', 't')).outcome).toBe('OK');
    expect((await client.payout({ campaignId: 'c', poolId: 'p', grabId: 'g' })).outcome).toBe('OK');
    expect(fetch.sent).toHaveLength(2);
  });

  it.each(['TOO_HOT', 'TRY_LATER', 'INTERNAL'])('sends less once it is told %s', async (outcome) => {
    const fetch = answering(() => JSON.stringify({ outcome }));
    const client = clientOf(fetch, { retryBudget: new RetryBudget({ ratio: 1, start: 10 }) });
    for (let i = 0; i < 20; i += 1) await client.pay('o1', 't');
    expect(fetch.sent.length).toBeLessThan(8);
  });

  it.each(['SOLD_OUT', 'WAIT', 'DROPPED_BY_PLAN', 'NOT_QUALIFIED'])('takes %s for an answer', async (outcome) => {
    const fetch = answering(() => JSON.stringify({ outcome }));
    const client = clientOf(fetch, { timeBudgetMs: 0 });
    for (let i = 0; i < 20; i += 1) await client.pay('o1', 't');
    expect(fetch.sent).toHaveLength(20);
  });

  it('obeys the cursor on an answer', async () => {
    const fetch = answering(() => '{"outcome":"OK"}', 'pay:0');
    const client = clientOf(fetch, { timeBudgetMs: 0 });
    expect((await client.pay('o1', 't')).outcome).toBe('OK');
    expect((await client.cards('c')).outcome).toBe('THROTTLED_HERE');
    expect(fetch.sent).toEqual(['/orders/o1/payments']);
  });

  it("obeys it for as long as ever when the device's clock is set back", async () => {
    jest.useFakeTimers({ now: NOW_MS });
    const fetch = answering(() => '{"outcome":"OK"}', 'pay:127');
    const client = new FloodgateClient({ baseUrl: SERVER, token: TOKEN, fetch, timeBudgetMs: 0 });
    await client.pay('o1', 't');
    jest.setSystemTime(Date.now() - 3_600_000);
    expect((await client.pay('o2', 't')).outcome).toBe('THROTTLED_HERE');
    await jest.advanceTimersByTimeAsync(20_000);
    expect((await client.pay('o2', 't')).outcome).toBe('OK');
  });

  it('holds back no result: the server refuses those last, whoever asks', async () => {
    const fetch = answering(() => '{"outcome":"UNKNOWN_GRAB"}', 'pay:127');
    const client = clientOf(fetch, { timeBudgetMs: 0 });
    for (let i = 0; i < 5; i += 1) await client.grabResult({ campaignId: 'c', poolId: 'p', grabId: `g${i}` });
    expect(fetch.sent).toHaveLength(5);
  });
});
