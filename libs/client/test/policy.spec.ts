import { type Fetch, FloodgateClient, type PolicyAnswer, PolicyStore } from '../src';
import {
  BUILT_IN_SNAPSHOT,
  effectivePolicy,
  entrySlotMs,
  type ManualTier,
  type PlanSnapshot,
} from '@floodgate/domain/degradation-plan';
import { type Answer, granted, outcome, raw, ScriptedServer } from './scripted-server';
import { VirtualTime } from './virtual-time';

const HOUR_MS = 3_600_000;
const SERVER_AHEAD_MS = 90_000;
const TOKEN = `h.${Buffer.from('{"sub":"ann"}').toString('base64url')}.s`;

describe('the pushed policy', () => {
  const server = new ScriptedServer();
  let time = new VirtualTime();
  afterEach(() => server.stop());
  beforeEach(async () => {
    await server.start();
    time = new VirtualTime();
  });

  const serverMs = () => time.clock() + SERVER_AHEAD_MS;
  const snapshotOf = (version: number, tiers: ManualTier[]): PlanSnapshot => ({ ...BUILT_IN_SNAPSHOT, version, tiers });
  const toldPolicy = (snapshot: PlanSnapshot, t0Ms: number) => {
    const nowMs = serverMs();
    const policy = effectivePolicy(snapshot.plan, { campaignId: 'c', t0Ms }, nowMs, snapshot.tiers);
    return { policyVersion: snapshot.version, nowMs, policy, snapshot };
  };
  const policyAnswer = (snapshot: PlanSnapshot, t0Ms: number): Answer => outcome('OK', toldPolicy(snapshot, t0Ms));
  const tier3 = (clientDropShare: number): ManualTier => ({
    campaignId: 'c',
    tier: 3,
    fromMs: serverMs() - 1_000,
    untilMs: serverMs() + HOUR_MS,
    clientDropShare,
  });
  const clientOf = (more: object = {}) => {
    const { clock, sleep } = time;
    return new FloodgateClient({ baseUrl: server.baseUrl, token: TOKEN, clock, sleep, random: () => 0.5, ...more });
  };

  it('keeps dropped requests from being sent at all, and says until when', async () => {
    server.on('GET', '/policy', policyAnswer(snapshotOf(2, [tier3(1)]), serverMs() - HOUR_MS));
    const told: unknown[] = [];
    const client = clientOf({ timeBudgetMs: 100, onAttempt: (event: unknown) => told.push(event) });
    const result = await client.cards('c');
    expect(result).toMatchObject({ outcome: 'DROPPED_HERE', pollAfterMs: expect.any(Number) as number });
    expect(server.count('GET')).toBe(0);
    expect(told).toMatchObject([{ outcome: 'DROPPED_HERE', sent: false }]);
  });

  it('sends them after the window, when somebody else is dropped', async () => {
    server.on('GET', '/policy', policyAnswer(snapshotOf(2, [tier3(0.5)]), serverMs() - HOUR_MS));
    server.on('GET', '/cards', outcome('OK', { cards: [], drawsLeft: 0, setComplete: false, redeemed: false }));
    expect((await clientOf({ timeBudgetMs: HOUR_MS }).cards('c')).outcome).toBe('OK');
  });

  it('never holds back payments and reads of results', async () => {
    server.on('GET', '/policy', policyAnswer(snapshotOf(2, [tier3(1)]), serverMs() - HOUR_MS));
    server.on('POST', '/payments', outcome('OK', { order: {} }));
    server.on('GET', '/g1', granted('g1'));
    const client = clientOf({ timeBudgetMs: 100 });
    await client.cards('c');
    expect((await client.pay('o1', 'token')).outcome).toBe('OK');
    expect((await client.grabResult({ campaignId: 'c', poolId: 'p', grabId: 'g1' })).outcome).toBe('GRANTED');
  });

  it('is asked for again when an answer, even a refusal, names a newer version', async () => {
    const t0Ms = serverMs() - HOUR_MS;
    server.on('GET', '/policy', policyAnswer(snapshotOf(2, []), t0Ms), policyAnswer(snapshotOf(3, [tier3(1)]), t0Ms));
    server.on('GET', '/cards', outcome('BLOCKED', {}, { 'fg-policy-version': '3' }));
    const client = clientOf({ timeBudgetMs: 100 });
    expect((await client.cards('c')).outcome).toBe('BLOCKED');
    await time.sleep(2_000);
    expect((await client.cards('c')).outcome).toBe('DROPPED_HERE');
    expect(server.seen.filter(({ path }) => path.startsWith('/policy'))).toHaveLength(2);
  });

  it('comes with a refusal to who goes by an older one, and need not be asked for', async () => {
    const t0Ms = serverMs() - HOUR_MS;
    const newer = toldPolicy(snapshotOf(3, [tier3(1)]), t0Ms);
    server.on('GET', '/policy', policyAnswer(snapshotOf(2, []), t0Ms));
    server.on('GET', '/cards', outcome('BLOCKED', { policy: newer }, { 'fg-policy-version': '3' }));
    const client = clientOf({ timeBudgetMs: 100 });
    expect((await client.cards('c')).outcome).toBe('BLOCKED');
    expect(server.seen.at(-1)?.headers['fg-policy-version']).toBe('2');
    expect((await client.cards('c')).outcome).toBe('DROPPED_HERE');
    expect(server.seen.filter(({ path }) => path.startsWith('/policy'))).toHaveLength(1);
  });

  it('sets no clock by a refusal, which may have waited for its turn', async () => {
    const t0Ms = serverMs() + HOUR_MS;
    const policies = new PolicyStore();
    const late = { ...toldPolicy(snapshotOf(3, []), t0Ms), nowMs: serverMs() + 3_000 };
    server.on('GET', '/policy', raw(502, ''), policyAnswer(snapshotOf(3, []), t0Ms));
    server.on('GET', '/cards', outcome('BLOCKED', { policy: late }, { 'fg-policy-version': '3' }));
    const client = clientOf({ timeBudgetMs: 100, policies });
    await client.cards('c');
    // Better than none, as long as nothing else tells the time.
    expect(policies.serverMs('c', time.clock())).toBe(late.nowMs);
    await time.sleep(10_000);
    server.on('GET', '/policy', policyAnswer(snapshotOf(3, []), t0Ms));
    await client.cards('c');
    expect(policies.serverMs('c', time.clock())).toBe(serverMs());
    await client.cards('c');
    expect(policies.serverMs('c', time.clock())).toBe(serverMs());
  });

  it('is told to be unknown where nobody told it', async () => {
    server.on('GET', '/policy', raw(502, ''));
    server.on('GET', '/cards', outcome('OK'));
    await clientOf().cards('c');
    expect(server.seen.at(-1)?.headers['fg-policy-version']).toBe('none');
  });

  it('stays in force while no server answers', async () => {
    server.on('GET', '/policy', policyAnswer(snapshotOf(2, [tier3(1)]), serverMs() - HOUR_MS), raw(502, ''));
    const client = clientOf({ timeBudgetMs: 100 });
    await client.cards('c');
    await time.sleep(10_000);
    expect((await client.cards('c')).outcome).toBe('DROPPED_HERE');
  });

  it.each([{}, { policyVersion: 1, nowMs: 1 }, { policyVersion: 1, nowMs: 1, policy: { t0Ms: 1 }, snapshot: 'x' }])(
    'is ignored where it is none: %j',
    async (body) => {
      server.on('GET', '/policy', outcome('OK', body));
      server.on('GET', '/cards', outcome('OK'));
      expect((await clientOf().cards('c')).outcome).toBe('OK');
    },
  );

  it('is not needed: without it requests are sent', async () => {
    server.on('GET', '/policy', raw(502, ''));
    server.on('GET', '/cards', outcome('OK'));
    expect((await clientOf().cards('c')).outcome).toBe('OK');
  });

  it("spreads the entry: waits for this person's moment by server time", async () => {
    const t0Ms = serverMs() + 1_000;
    const answer = policyAnswer(snapshotOf(2, []), t0Ms);
    server.on('GET', '/policy', answer);
    server.on('GET', '/entry', outcome('OK'));
    const policy = effectivePolicy(BUILT_IN_SNAPSHOT.plan, { campaignId: 'c', t0Ms }, serverMs(), []);
    const slotMs = entrySlotMs('ann', policy);
    expect(slotMs).toBeGreaterThan(serverMs());
    expect((await clientOf({ timeBudgetMs: HOUR_MS }).enter('c')).outcome).toBe('OK');
    expect(serverMs()).toBeGreaterThanOrEqual(slotMs);
  });

  it('lets a grab wait for T0 and a little jitter', async () => {
    const t0Ms = serverMs() + 5_000;
    server.on('GET', '/policy', policyAnswer(snapshotOf(2, []), t0Ms));
    server.on('PUT', '/g1', granted('g1'));
    await clientOf({ grabJitterMs: 200 }).grab('c', 'p', { grabId: 'g1' });
    expect(serverMs() - t0Ms).toBe(100);
  });

  it('sets the interval of polls that no answer has set', async () => {
    const store = new PolicyStore();
    server.on('GET', '/policy', policyAnswer(snapshotOf(2, []), serverMs() - HOUR_MS));
    const client = clientOf({ policies: store });
    await client.policy('c');
    server.on('GET', '/order', outcome('WAIT'), outcome('OK', { order: {} }));
    await client.order({ campaignId: 'c', poolId: 'p', grabId: 'g1' });
    expect(time.sleptMs).toBeCloseTo(BUILT_IN_SNAPSHOT.plan.normal.pollIntervalMs * 1.1);
  });

  it('is asked for once by all who share a store', async () => {
    const policies = new PolicyStore();
    server.on('GET', '/policy', policyAnswer(snapshotOf(2, []), serverMs() - HOUR_MS));
    server.on('GET', '/cards', outcome('OK'));
    await Promise.all(Array.from({ length: 20 }, () => clientOf({ policies }).cards('c')));
    expect(server.seen.filter(({ path }) => path.startsWith('/policy'))).toHaveLength(1);
  });
});

describe('FloodgateClient.awaitPayout', () => {
  it('polls until the money has arrived', async () => {
    const server = new ScriptedServer();
    await server.start();
    const state = (name: string) => outcome('OK', { payout: { state: name } });
    server.on(
      'GET',
      '/payout',
      outcome('WAIT', { pollAfterMs: 100 }),
      state('BOOKED'),
      state('SENT'),
      state('SETTLED'),
    );
    const { clock, sleep } = new VirtualTime();
    const client = new FloodgateClient({ baseUrl: server.baseUrl, clock, sleep });
    expect(await client.awaitPayout({ campaignId: 'c', poolId: 'p', grabId: 'g' })).toMatchObject({
      payout: { state: 'SETTLED' },
    });
    expect(server.count('GET')).toBe(4);
    await server.stop();
  });
});

describe("the policy, when the device's clock is set", () => {
  const START_MS = 1_800_000_000_000;
  beforeEach(() => jest.useFakeTimers({ now: START_MS }));
  afterEach(() => jest.useRealTimers());

  const trueMs = () => START_MS + performance.now();
  const answerOf = (tiers: ManualTier[]): PolicyAnswer => {
    const snapshot = { ...BUILT_IN_SNAPSHOT, version: 1, tiers };
    const t0Ms = START_MS - HOUR_MS;
    const policy = effectivePolicy(snapshot.plan, { campaignId: 'c', t0Ms }, trueMs(), tiers);
    return { policyVersion: 1, nowMs: trueMs(), policy, snapshot };
  };

  it('is asked for again, although by the time that it then is they would send nothing', async () => {
    const over = { fromMs: START_MS - HOUR_MS / 2, untilMs: START_MS - HOUR_MS / 4 };
    const tier3: ManualTier = { campaignId: 'c', tier: 3, clientDropShare: 1, ...over };
    const fetch: Fetch = (url) => {
      const body = { outcome: 'OK', ...(url.includes('/policy') && answerOf([tier3])) };
      const text = () => Promise.resolve(JSON.stringify(body));
      return Promise.resolve({ status: 200, headers: { get: () => null }, text });
    };
    const client = new FloodgateClient({ baseUrl: '', token: TOKEN, fetch });
    expect((await client.cards('c')).outcome).toBe('OK');
    jest.setSystemTime(Date.now() - HOUR_MS / 3);
    expect((await client.cards('c')).outcome).toBe('OK');
  });

  it('tells the time by how long its answer took, not by how far the clock was set meanwhile', async () => {
    const store = new PolicyStore();
    await store.refresh('c', Date.now, async () => {
      jest.setSystemTime(Date.now() + HOUR_MS);
      await jest.advanceTimersByTimeAsync(100);
      return answerOf([]);
    });
    expect(Math.abs(store.serverMs('c', Date.now()) - trueMs())).toBeLessThanOrEqual(50);
  });
});
