import { BUILT_IN_SNAPSHOT, effectivePolicy, entrySlotMs, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { type CountdownTick, type Fetch, FloodgateClient, type Sleep } from '../src';

const AHEAD_MS = 90_400;
const T0_MS = 1_800_000_000_000;
const TOKEN = `h.${Buffer.from('{"sub":"ann"}').toString('base64url')}.s`;

/** A server whose clock goes ahead of the client's, and whose plan may change. */
function serverOf(localMs: () => number, countdown: () => boolean): Fetch {
  return () => {
    const nowMs = localMs() + AHEAD_MS;
    const { tier1 } = REFERENCE_PLAN;
    const plan = { ...REFERENCE_PLAN, tier1: { ...tier1, entry: { ...tier1.entry, countdown: countdown() } } };
    const snapshot = { ...BUILT_IN_SNAPSHOT, version: 1, plan };
    const policy = effectivePolicy(plan, { campaignId: 'c', t0Ms: T0_MS }, nowMs, []);
    const text = JSON.stringify({ outcome: 'OK', policyVersion: 1, nowMs, policy, snapshot });
    return Promise.resolve({ status: 200, headers: { get: () => null }, text: () => Promise.resolve(text) });
  };
}

describe('FloodgateClient.countdown', () => {
  beforeEach(() => jest.useFakeTimers({ now: T0_MS - AHEAD_MS - 5_300 }));
  afterEach(() => jest.useRealTimers());

  const clientOf = (countdown = true) =>
    new FloodgateClient({
      baseUrl: '',
      token: TOKEN,
      fetch: serverOf(
        () => Date.now(),
        () => countdown,
      ),
    });
  const slotMs = () => entrySlotMs('ann', effectivePolicy(REFERENCE_PLAN, { campaignId: 'c', t0Ms: T0_MS }, T0_MS, []));

  it("counts whole seconds down to this person's moment by server time, whatever the local clock says", async () => {
    const ticks: CountdownTick[] = [];
    clientOf().countdown('c', (tick) => ticks.push(tick));
    await jest.advanceTimersByTimeAsync(70_000);
    expect(ticks[0]).toEqual({
      nowMs: T0_MS - 5_300,
      t0Ms: T0_MS,
      entersAtMs: slotMs(),
      leftMs: slotMs() - T0_MS + 5_300,
    });
    const left = ticks.slice(1).map(({ leftMs }) => leftMs);
    expect(left).toEqual(Array.from({ length: left.length }, (_, i) => (left.length - 1 - i) * 1_000));
    expect(left).toHaveLength(Math.floor((ticks[0]?.leftMs ?? 0) / 1_000) + 1);
    expect(ticks.at(-1)).toMatchObject({ nowMs: slotMs(), leftMs: 0 });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('counts down to T0 where the plan shows nobody a moment of their own', async () => {
    const ticks: CountdownTick[] = [];
    clientOf(false).countdown('c', (tick) => ticks.push(tick));
    await jest.advanceTimersByTimeAsync(6_000);
    expect(ticks.map(({ leftMs }) => leftMs)).toEqual([5_300, 5_000, 4_000, 3_000, 2_000, 1_000, 0]);
  });

  it('ends at once when it is told to, and leaves no timer behind', async () => {
    const ticks: CountdownTick[] = [];
    const stop = clientOf().countdown('c', (tick) => ticks.push(tick));
    await jest.advanceTimersByTimeAsync(1_500);
    expect(jest.getTimerCount()).toBe(1);
    stop();
    await jest.advanceTimersByTimeAsync(0);
    expect(jest.getTimerCount()).toBe(0);
    const told = ticks.length;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(ticks).toHaveLength(told);
  });

  it.each([
    ['an hour back', -3_600_000],
    ['an hour on', 3_600_000],
    ['two seconds on', 2_000],
  ])("goes on by server time when the device's clock is set %s", async (_, byMs) => {
    const ticks: CountdownTick[] = [];
    const startedAtMs = Date.now() - performance.now();
    const fetch = serverOf(
      () => startedAtMs + performance.now(),
      () => false,
    );
    new FloodgateClient({ baseUrl: '', token: TOKEN, fetch }).countdown('c', (tick) => ticks.push(tick));
    await jest.advanceTimersByTimeAsync(2_000);
    jest.setSystemTime(Date.now() + byMs);
    await jest.advanceTimersByTimeAsync(4_000);
    expect(ticks.map(({ leftMs }) => leftMs)).toEqual([5_300, 5_000, 4_000, 3_000, 2_000, 1_000, 0]);
  });

  it('says nothing while nobody tells the policy, and goes on when somebody does', async () => {
    const ticks: CountdownTick[] = [];
    let isDown = true;
    const up = serverOf(
      () => Date.now(),
      () => false,
    );
    const fetch: Fetch = (url, init) => (isDown ? Promise.reject(new TypeError('fetch failed')) : up(url, init));
    const stop = new FloodgateClient({ baseUrl: '', token: TOKEN, fetch }).countdown('c', (tick) => ticks.push(tick));
    await jest.advanceTimersByTimeAsync(2_500);
    expect(ticks).toEqual([]);
    isDown = false;
    await jest.advanceTimersByTimeAsync(300_000);
    expect(ticks.at(-1)?.leftMs).toBe(0);
    stop();
  });
});

describe('FloodgateClient.enter', () => {
  it('sends nothing to a moment that is further away than its time', async () => {
    const sent: string[] = [];
    let nowMs = T0_MS - AHEAD_MS - 5_000;
    const server = serverOf(
      () => nowMs,
      () => true,
    );
    const fetch: Fetch = (url, init) => {
      sent.push(url);
      return server(url, init);
    };
    const sleep: Sleep = (ms) => {
      nowMs += ms;
      return Promise.resolve();
    };
    const client = new FloodgateClient({ baseUrl: '', token: TOKEN, fetch, sleep, clock: () => nowMs });
    const result = await client.enter('c', { timeBudgetMs: 5_000 });
    expect(result).toMatchObject({ outcome: 'GAVE_UP', last: 'WAIT', pollAfterMs: expect.any(Number) as number });
    expect(sent.filter((url) => url.includes('/entry'))).toEqual([]);
    await sleep((result as { pollAfterMs: number }).pollAfterMs);
    await client.enter('c', { timeBudgetMs: 5_000 });
    expect(sent.filter((url) => url.includes('/entry'))).toHaveLength(1);
  });
});
