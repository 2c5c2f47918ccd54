import { type ManualTier, type Plan, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { SERVERS, until } from '@floodgate/testing';
import { stateDirWith } from './plan-on-disk';
import { cardSplit, timedSale } from './sample-campaigns';
import { granted, StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

const HOUR_MS = 3_600_000;

describe('the plan in force', () => {
  const services = new StubServices();
  let gateway: TestGateway;

  beforeAll(() => services.start());
  afterAll(() => services.kill());
  afterEach(() => gateway.close());

  /** A gateway that starts from a snapshot on its disk, as one does whose plan service and Redis are dead. */
  const start = async (plan: Partial<Plan>, tiers: Omit<ManualTier, 'fromMs' | 'untilMs'>[] = []) => {
    const stateDir = await stateDirWith(plan, tiers);
    gateway = await startGateway(services, SERVERS.redisUrl, { STATE_DIR: stateDir });
    await until(
      'campaigns are known',
      async () => (await gateway.app.inject('/policy?campaignId=sale')).statusCode === 200,
    );
  };
  const call = async (url: string, user?: string, method: 'GET' | 'PUT' = 'GET') => {
    const answer = await gateway.app.inject({ method, url, headers: user === undefined ? {} : bearer(user) });
    return answer.json<{ outcome: string; pollAfterMs?: number; status?: object }>();
  };
  const users = Array.from({ length: 200 }, (_, i) => `user-${i}`);
  const grabOf = (user: string) => `/campaigns/sale/pools/phones/grabs/g-${user}`;

  beforeEach(() => {
    services.campaigns = [timedSale('sale', { openForMs: 10_000 }), cardSplit('split', { openForMs: -HOUR_MS })];
    services.onGrab = (grab) => granted(grab);
    services.calls.clear();
    services.frames.length = 0;
  });

  it('is on every answer by its version', async () => {
    await start({});
    for (const url of ['/policy?campaignId=sale', '/nothing', '/campaigns/sale/entry', grabOf('ann')]) {
      expect((await gateway.app.inject(url)).headers['fg-policy-version']).toBe('7');
    }
  });

  it('comes with a refusal of admission for who says to go by an older one, or by none', async () => {
    // Everybody's grab, not the planned share of it: who is dropped is drawn by T0, which is another in each run.
    const shares = { browse: 1, qualify: 1, grab: 1, pay: 0 };
    const { tier2 } = REFERENCE_PLAN;
    await start({ tier2: { ...tier2, serverDrop: { ...tier2.serverDrop, shares } } }, [
      { campaignId: 'sale', tier: 3 },
    ]);
    const asked = (await gateway.app.inject('/policy?campaignId=sale')).json<Record<string, unknown>>();
    const told = async (version: string | undefined, url: string, method: 'GET' | 'PUT' = 'GET') => {
      const headers = { ...bearer('ann'), ...(version !== undefined && { 'fg-policy-version': version }) };
      const answer = await gateway.app.inject({ method, url, headers });
      const { outcome, policy } = answer.json<{ outcome: string; policy?: object }>();
      return { outcome, policy };
    };
    const { policyVersion, snapshot } = asked;
    const policy = expect.objectContaining({ tier: 3, t0Ms: (asked['policy'] as { t0Ms: number }).t0Ms }) as object;
    const whole = { policyVersion, nowMs: expect.any(Number) as number, policy, snapshot };
    const dropped = { outcome: 'DROPPED_BY_PLAN' };
    for (const version of ['6', 'none']) {
      expect(await told(version, '/campaigns/sale/cards')).toEqual({ ...dropped, policy: whole });
      expect(await told(version, grabOf('ann'), 'PUT')).toEqual({ ...dropped, policy: whole });
    }
    for (const version of ['7', '8', '', '-1', 'x', undefined]) {
      expect(await told(version, '/campaigns/sale/cards')).toEqual(dropped);
      expect(await told(version, grabOf('ann'), 'PUT')).toEqual(dropped);
    }
    expect(await told('6', '/campaigns/nobodys/cards')).toEqual({ outcome: 'NO_SUCH_CAMPAIGN' });
  });

  it('releases the entry gradually: everyone at a moment of their own', async () => {
    const { tier1 } = REFERENCE_PLAN;
    await start({ tier1: { ...tier1, entry: { ...tier1.entry, offsetMs: HOUR_MS, releaseOverMs: HOUR_MS } } });
    const answers = await Promise.all(users.map((user) => call('/campaigns/sale/entry', user)));
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['WAIT']));
    expect(new Set(answers.map(({ pollAfterMs }) => pollAfterMs)).size).toBeGreaterThan(150);
    expect(answers.every(({ pollAfterMs = 0 }) => pollAfterMs > 0 && pollAfterMs <= 2 * HOUR_MS)).toBe(true);
    // Another campaign's moment is an hour away.
    expect((await call('/campaigns/split/entry', 'ann')).outcome).toBe('OK');
  });

  it('switches the ParticipateStatus call off: no call, and the entry works', async () => {
    await start({}, [{ campaignId: 'split', tier: 0, participateStatus: 'off' }]);
    const answers = await Promise.all(users.map((user) => call('/campaigns/split/entry', user)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"outcome":"OK"}']));
    expect(services.callsOf('participateStatus')).toBe(0);
  });

  it('drops a stable share of people, browsing before grabbing, and never results', async () => {
    await start({}, [{ campaignId: 'sale', tier: 2, serverDropShare: 0.5 }]);
    const droppedAt = async (url: (user: string) => string, method: 'GET' | 'PUT' = 'GET') => {
      const answers = await Promise.all(
        users.map(async (user) => ({ user, ...(await call(url(user), user, method)) })),
      );
      const dropped = answers.filter(({ outcome }) => outcome === 'DROPPED_BY_PLAN');
      expect(dropped.every(({ pollAfterMs = 0 }) => pollAfterMs > 0)).toBe(true);
      return new Set(dropped.map(({ user }) => user));
    };
    const browsing = await droppedAt(() => '/campaigns/sale/cards');
    const grabbing = await droppedAt(grabOf, 'PUT');
    expect(await droppedAt(grabOf, 'PUT')).toEqual(grabbing);
    expect(grabbing.size).toBeGreaterThan(0);
    expect(browsing.size).toBeGreaterThan(grabbing.size);
    expect([...grabbing].every((user) => browsing.has(user))).toBe(true);
    expect((await droppedAt(grabOf)).size).toBe(0);
    expect((await droppedAt((user) => `${grabOf(user)}/order`)).size).toBe(0);
  });

  it('caps grabs: overflow is told to wait, results are read all the same', async () => {
    const { tier1 } = REFERENCE_PLAN;
    await start({ tier1: { ...tier1, caps: { venue: 1, qualification: 1, grab: 1 } } });
    const answers = await Promise.all(users.map((user) => call(grabOf(user), user, 'PUT')));
    const waiting = answers.filter(({ outcome }) => outcome === 'WAIT');
    expect(waiting.length).toBeGreaterThan(0);
    expect(waiting.every(({ pollAfterMs = 0 }) => pollAfterMs >= 1_000 && pollAfterMs <= 20_000)).toBe(true);
    expect(answers.some(({ outcome }) => outcome === 'GRANTED')).toBe(true);
    expect(services.frames.flat().length).toBe(users.length - waiting.length);
    const results = await Promise.all(users.map((user) => call(grabOf(user), user)));
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['UNKNOWN_GRAB']));
    const venues = await Promise.all(users.map(() => call('/campaigns/sale/venue')));
    expect(venues.some(({ outcome }) => outcome === 'WAIT')).toBe(true);
  });
});
