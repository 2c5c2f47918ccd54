import { randomUUID } from 'node:crypto';
import { type AddressInfo } from 'node:net';
import { inventoryV1, Outcome as OutcomeMessage, Settlement } from '@floodgate/contracts';
import { createRedis } from '@floodgate/adapters/redis';
import { BUILT_IN_SNAPSHOT, contentOf, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { planKeys, sha256, signJwt, signSnapshot } from '@floodgate/nest-kit';
import { SERVERS, until } from '@floodgate/testing';
import { AwaitedResults } from '../src/events/awaited-results';
import { eventBytes, type EventConnections } from '../src/events/event-connections';
import { EventNews } from '../src/events/event-news';
import { EventStream } from './event-stream';
import { stateDirWith } from './plan-on-disk';
import { timedSale } from './sample-campaigns';
import { Refused, StubServices } from './stub-services';
import { bearer, JWT_SECRET, POLICY_KEYS, startGateway, type TestGateway } from './test-gateway';

const HOUR_MS = 3_600_000;

describe('GET /events', () => {
  const services = new StubServices();
  const sale = `sale-${randomUUID()}`;
  let gateway: TestGateway;
  let url = '';
  const streams: EventStream[] = [];

  beforeAll(() => services.start());
  afterAll(() => services.kill());
  beforeEach(() => {
    services.campaigns = [timedSale(sale, { openForMs: 10_000 }), timedSale('other', { openForMs: 10_000 })];
    services.onGrab = () => undefined;
    services.result = new Refused('UNKNOWN_GRAB', 100);
    services.resultOf.clear();
  });
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.close();
    await gateway.close();
  });

  const start = async (overrides: Record<string, string> = {}) => {
    gateway = await startGateway(services, SERVERS.redisUrl, overrides);
    await gateway.app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(gateway.app.getHttpServer().address() as AddressInfo).port}`;
    await until('campaigns are known', async () => (await fetch(`${url}/policy?campaignId=${sale}`)).status === 200);
  };
  const connections = (): EventConnections => gateway.app.get(EventNews).connections;
  const open = (user: string, campaignId = sale, headers: Record<string, string> = bearer(user)) => {
    const stream = new EventStream(`${url}/events?campaignId=${campaignId}`, headers);
    streams.push(stream);
    return stream;
  };
  /** An open stream that has been told the policy. */
  const following = async (user: string, campaignId = sale) => {
    const stream = open(user, campaignId);
    await stream.next('policy');
    return stream;
  };

  it('tells the policy at once, as GET /policy does', async () => {
    await start();
    const stream = open('ann');
    const asked = (await (await fetch(`${url}/policy?campaignId=${sale}`)).json()) as Record<string, unknown>;
    const told = await stream.next('policy');
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    expect(stream.headers['fg-policy-version']).toBe(String(asked['policyVersion']));
    expect({ ...told, nowMs: 0 }).toEqual({
      policyVersion: asked['policyVersion'],
      nowMs: 0,
      policy: asked['policy'],
      snapshot: asked['snapshot'],
    });
  });

  it('is for those who are signed in, to campaigns that there are', async () => {
    await start();
    const refused = async (stream: EventStream) => (await stream.refusal())['outcome'];
    expect(await refused(open('ann', sale, {}))).toBe('SIGNED_OUT');
    expect(await refused(open('ann', sale, { authorization: 'Bearer x.y.z' }))).toBe('SIGNED_OUT');
    const expired = signJwt({ userId: 'ann', roles: [], ttlMs: -60_000 }, JWT_SECRET);
    expect(await refused(open('ann', sale, { authorization: `Bearer ${expired}` }))).toBe('SIGNED_OUT');
    const withoutPolicy = open('ann', sale, { 'fg-policy-version': 'none' });
    expect(await withoutPolicy.refusal()).toMatchObject({ outcome: 'SIGNED_OUT', policy: { snapshot: {} } });
    expect(await refused(open('ann', 'no-such-campaign'))).toBe('NO_SUCH_CAMPAIGN');
    expect(await refused(open('ann', '%3Cscript%3E'))).toBe('INVALID_REQUEST');
    expect((await fetch(`${url}/events?campaignId=${sale}`, { method: 'POST', headers: bearer('ann') })).status).toBe(
      400,
    );
    expect(connections().open).toBe(0);
  });

  it('ends when the token does, though it was verified at the start alone', async () => {
    await start();
    const [short, long] = [signJwt({ userId: 'ann', roles: [], ttlMs: HOUR_MS }, JWT_SECRET), bearer('bob')];
    const ann = open('ann', sale, { authorization: `Bearer ${short}` });
    const bob = open('bob', sale, long);
    await Promise.all([ann.next('policy'), bob.next('policy')]);
    // Bob's is for a minute, Ann's for an hour.
    connections().tick(Date.now() + 2 * 60_000);
    await until('it has ended', () => bob.ended);
    expect(ann.ended).toBe(false);
    expect(connections().open).toBe(1);
    connections().tick(Date.now() + HOUR_MS + 1_000);
    await until('it has ended', () => ann.ended);
    expect(connections().open).toBe(0);
  });

  it('shows each stream that it is alive once in every 15 s', async () => {
    await start();
    const startedAt = performance.now();
    const all = await Promise.all(['ann', 'bob', 'eve'].map((user) => following(user)));
    for (let second = 0; second < 30; second += 1) connections().tick(Date.now());
    await until('heartbeats have come', () => all.every(({ heartbeats }) => heartbeats >= 2));
    // The gateway's own seconds pass as well.
    const seconds = 30 + Math.ceil((performance.now() - startedAt) / 1_000);
    for (const { heartbeats } of all) expect(heartbeats).toBeLessThanOrEqual(Math.floor(seconds / 15) + 1);
  });

  it('has room for so many, and for so many of one person, and for others again when they go', async () => {
    await start({ EVENTS_CONNECTIONS_MAX: '3', EVENTS_PER_USER_MAX: '2' });
    const [first] = [await following('ann'), await following('ann')];
    expect(await open('ann').refusal()).toMatchObject({ outcome: 'TOO_FREQUENT', pollAfterMs: 30_000 });
    await following('bob');
    expect(await open('eve').refusal()).toMatchObject({ outcome: 'TOO_HOT', pollAfterMs: 30_000 });
    first.close();
    await until('its place is free', () => connections().open === 2);
    await following('eve');
    expect(connections().open).toBe(3);
  });

  it('cuts whoever does not read, and nobody else', async () => {
    await start();
    const [slow, quick] = [await following('slow'), await following('quick')];
    slow.pause();
    const news = eventBytes('serving', { text: 'x'.repeat(500_000) });
    let told = 0;
    await until('the slow one is cut', async () => {
      await connections().tellAll(sale, news);
      told += 1;
      await quick.next('serving', told);
      return connections().open === 1;
    });
    expect(quick.ended).toBe(false);
    expect(connections().isFollowing('quick', sale)).toBe(true);
  });

  it('tells a new plan to everybody who follows, without being asked', async () => {
    await start();
    const [ann, bob] = [await following('ann'), await following('bob', 'other')];
    const content = { planNo: 1, plan: { ...REFERENCE_PLAN, title: 'another' }, tiers: [] };
    const hash = sha256(contentOf(content));
    const snapshot = { ...BUILT_IN_SNAPSHOT, ...content, version: 9, hash, issuedAtMs: Date.now() };
    const redis = createRedis(SERVERS.redisUrl, { commandTimeout: 60_000 });
    await redis.connect();
    const signed = JSON.stringify(signSnapshot(snapshot, POLICY_KEYS.signingKey));
    await until('the plan has come', async () => {
      await redis.publish(planKeys().channel, signed);
      return ann.heard.length > 1 && bob.heard.length > 1;
    });
    redis.disconnect();
    expect(await ann.next('policy', 2)).toMatchObject({ policyVersion: 9, snapshot: { plan: { title: 'another' } } });
    expect(await bob.next('policy', 2)).toMatchObject({ policyVersion: 9 });
  });

  it('tells how far the waiting room is when its number moves, to who comes later too', async () => {
    const { tier1 } = REFERENCE_PLAN;
    const room = { ...tier1.room, open: 'on' as const, perSecond: 1_000 };
    await start({ STATE_DIR: await stateDirWith({ tier1: { ...tier1, room } }, []) });
    const ann = await following('ann');
    const ticket = await fetch(`${url}/campaigns/${sale}/room/grab/ticket`, {
      method: 'POST',
      headers: { ...bearer('bob'), 'content-type': 'application/json' },
      body: '{}',
    });
    expect(ticket.status).toBe(200);
    await until('somebody is called', () => ann.heard.some(({ data }) => data['serving'] === 1));
    const told = ann.heard.findLast(({ event }) => event === 'serving')?.data;
    expect(told).toMatchObject({ isOpen: true, serving: 1, seen: expect.any(String) as string });
    const later = open('eve');
    expect(await later.next('serving')).toMatchObject({ serving: 1 });
  });

  it('tells the result of a grab that took too long to its owner alone, once it is known', async () => {
    await start({ BUDGET_GRAB_MS: '100', BUDGET_INVENTORY_GRAB_MS: '50' });
    const [ann, eve] = [await following('ann'), await following('eve')];
    const grab = `${url}/campaigns/${sale}/pools/phones/grabs/g-1`;
    const asked = await fetch(grab, { method: 'PUT', headers: bearer('ann') });
    expect(await asked.json()).toMatchObject({ outcome: 'WAIT' });
    services.result = {
      answer: inventoryV1.GrabAnswer.fromPartial({
        outcome: OutcomeMessage.OUTCOME_GRANTED,
        unitNo: 7,
        amountFen: '250',
        grabId: 'g-1',
        settlement: Settlement.SETTLEMENT_ORDER,
      }),
    };
    expect(await ann.next('result')).toEqual({
      outcome: 'GRANTED',
      unitNo: 7,
      amountFen: 250,
      grabId: 'g-1',
      settlement: 'ORDER',
      poolId: 'phones',
      askedGrabId: 'g-1',
    });
    expect(eve.heard.map(({ event }) => event)).toEqual(['policy']);
  });

  it('tells two people whose clients made the same grabId each their own result', async () => {
    await start({ BUDGET_GRAB_MS: '100', BUDGET_INVENTORY_GRAB_MS: '50' });
    const units = new Map([
      ['ann', 7],
      ['bob', 8],
    ]);
    const followers = new Map<string, EventStream>();
    for (const userId of units.keys()) {
      followers.set(userId, await following(userId));
      const grab = `${url}/campaigns/${sale}/pools/phones/grabs/g-same`;
      const asked = await fetch(grab, { method: 'PUT', headers: bearer(userId) });
      expect(await asked.json()).toMatchObject({ outcome: 'WAIT' });
    }
    for (const [userId, unitNo] of units) {
      const outcome = OutcomeMessage.OUTCOME_GRANTED;
      const answer = inventoryV1.GrabAnswer.fromPartial({ outcome, unitNo, amountFen: '250', grabId: 'g-same' });
      services.resultOf.set(userId, { answer });
    }
    for (const [userId, stream] of followers) {
      expect(await stream.next('result')).toMatchObject({ unitNo: units.get(userId), askedGrabId: 'g-same' });
    }
    await gateway.app.get(AwaitedResults).look();
    for (const stream of followers.values()) {
      expect(stream.heard.filter(({ event }) => event === 'result')).toHaveLength(1);
    }
  });

  it('opens no stream any more once those that were open are ended', async () => {
    await start();
    await following('ann');
    connections().endAll();
    expect(await open('bob').refusal()).toMatchObject({ outcome: 'TOO_HOT' });
    expect(connections().open).toBe(0);
  });

  it('lets the gateway stop: streams are ended first', async () => {
    await start();
    const stream = await following('ann');
    await gateway.app.close();
    await until('it has ended', () => stream.ended);
    await start();
  });
});
