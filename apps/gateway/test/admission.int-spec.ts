import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import {
  type EffectivePolicy,
  isDrawn,
  lowestLevel,
  type ManualTier,
  type Plan,
  REFERENCE_PLAN,
} from '@floodgate/domain/degradation-plan';
import { AdmissionQueue } from '@floodgate/nest-kit';
import { SERVERS, until } from '@floodgate/testing';
import { StockLevels } from '../src/admission/stock-levels';
import { CampaignCache } from '../src/campaign-cache';
import { stateDirWith } from './plan-on-disk';
import { cardSplit, timedSale } from './sample-campaigns';
import { granted, StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

const HOUR_MS = 3_600_000;
const { tier1, tier2 } = REFERENCE_PLAN;
const EVERYBODY = { pay: 0, grab: 1, qualify: 1, browse: 1 };

describe('admission', () => {
  const services = new StubServices();
  let gateway: TestGateway;

  beforeAll(() => services.start());
  afterAll(() => services.kill());
  beforeEach(() => {
    services.campaigns = [
      timedSale('sale', { openForMs: 10_000 }),
      cardSplit('split', { openForMs: 10_000 }),
      timedSale('over', { openForMs: HOUR_MS, closesInMs: -60_000 }),
    ];
    services.onGrab = (grab) => granted(grab);
    services.frames.length = 0;
  });
  afterEach(() => gateway.close());

  /** A gateway with a plan in force, and its tier 2 on for the sale. */
  const start = async (plan: Partial<Plan>, more: Record<string, string> = {}, tier: ManualTier['tier'] = 2) => {
    const stateDir = await stateDirWith(
      plan,
      tier === 0
        ? []
        : [
            { campaignId: 'sale', tier },
            { campaignId: 'split', tier },
          ],
    );
    gateway = await startGateway(services, SERVERS.redisUrl, { STATE_DIR: stateDir, ...more });
    await until('campaigns are known', () => gateway.app.get(CampaignCache).peek('sale') !== undefined);
  };
  const call = async (method: 'GET' | 'PUT' | 'POST', url: string, headers: Record<string, string> = {}) => {
    const answer = await gateway.app.inject({ method, url, headers, ...(method === 'POST' && { payload: {} }) });
    return { ...answer.json<{ outcome: string; pollAfterMs?: number; field?: string }>(), headers: answer.headers };
  };
  const grab = (user: string, headers: Record<string, string> = {}, grabId = `g-${user}`) =>
    call('PUT', `/campaigns/sale/pools/phones/grabs/${grabId}`, { ...bearer(user), ...headers });
  const users = Array.from({ length: 200 }, (_, i) => `user-${i}`);

  let heatedAt = 0;
  /** Makes the gateway too hot for everybody below a level. */
  const heat = (level: number) => {
    const { cursor } = gateway.app.get(AdmissionQueue);
    // So far ahead that it stays there for the test, and with nothing known of what came before.
    heatedAt = Math.max(heatedAt, performance.now()) + HOUR_MS;
    cursor.tick(heatedAt, 0, () => 0);
    // It gives up half of what comes at a time.
    for (let periods = 0; periods < 3; periods++) {
      for (let below = 0; below < level; below++) cursor.arrived(below, 'sale');
      cursor.blocked(HOUR_MS, 0);
      heatedAt += 100;
      cursor.tick(heatedAt, 60_000, () => 0);
    }
  };

  /** What is answered to a request whose body never comes. */
  const answerWithoutBody = async (methodAndPath: string) => {
    await gateway.app.listen(0, '127.0.0.1');
    const { port } = gateway.app.getHttpServer().address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (bytes) => (answer += bytes.toString()));
    const { authorization } = bearer('ann');
    const head = `${methodAndPath} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n`;
    socket.write(`${head}content-type: application/json\r\ncontent-length: 100\r\n\r\n`);
    await until('it is answered', () => answer.includes('"outcome"'));
    socket.destroy();
    return answer;
  };

  describe('of a grab, with everything against it', () => {
    const url = '/campaigns/sale/pools/phones/grabs/g';
    const allAgainst = () =>
      start({
        tier1: { ...tier1, caps: { venue: 1, qualification: 1, grab: 1 } },
        tier2: { ...tier2, serverDrop: { ...tier2.serverDrop, shares: EVERYBODY } },
      });

    it('refuses by the earliest step, whichever it is', async () => {
      await allAgainst();
      const large = { 'content-length': '5000' };
      const pool = gateway.app.get(CampaignCache).peek('sale')?.pools.get('phones');
      if (!pool) throw new Error('no pool');
      expect(await call('PUT', '/campaigns/over/pools/phones/grabs/-', large)).toMatchObject({ field: 'grabId' });
      expect(await call('PUT', '/campaigns/over/pools/phones/grabs/g', large)).toMatchObject({ field: 'body' });
      expect((await call('PUT', '/campaigns/over/pools/phones/grabs/g')).outcome).toBe('CLOSED');
      heat(511);
      await until('it is told in time', async () => {
        for (const shard of [0, 1]) gateway.app.get(StockLevels).learn(pool, shard, 'SOLD_OUT_FOR_NOW');
        return (await call('PUT', url)).outcome === 'SOLD_OUT_FOR_NOW';
      });
      await until('it is forgotten', async () => (await call('PUT', url)).outcome !== 'SOLD_OUT_FOR_NOW');
      heat(511);
      expect((await call('PUT', url)).outcome).toBe('TOO_HOT');
      await gateway.close();
      await allAgainst();
      expect((await call('PUT', url)).outcome).toBe('SIGNED_OUT');
      expect((await call('PUT', url, bearer('ann'))).outcome).toBe('DROPPED_BY_PLAN');
    });

    it('refuses before the body is there, and does not wait for it', async () => {
      await allAgainst();
      expect(await answerWithoutBody(`PUT ${url}`)).toContain('"outcome":"DROPPED_BY_PLAN"');
    });
  });

  it('refuses other routes before their body is there too', async () => {
    await start({ tier2: { ...tier2, serverDrop: { ...tier2.serverDrop, shares: EVERYBODY } } });
    expect(await answerWithoutBody('POST /campaigns/sale/draws')).toContain('"outcome":"DROPPED_BY_PLAN"');
  });

  it('drops by the priority that the plan gives an API', async () => {
    const serverDrop = { ...tier2.serverDrop, shares: { pay: 0, grab: 0, qualify: 0, browse: 1 } };
    await start({ tier2: { ...tier2, serverDrop } });
    expect((await call('GET', '/campaigns/sale/cards', bearer('ann'))).outcome).toBe('DROPPED_BY_PLAN');
    expect((await call('POST', '/campaigns/sale/redemptions', bearer('ann'))).outcome).toBe('OK');
    await gateway.close();
    await start({ tier2: { ...tier2, serverDrop }, priorities: { ...REFERENCE_PLAN.priorities, cards: 'qualify' } });
    expect((await call('GET', '/campaigns/sale/cards', bearer('ann'))).outcome).toBe('OK');
    expect((await call('POST', '/campaigns/sale/tasks/task-1/completions', bearer('ann'))).outcome).toBe(
      'DROPPED_BY_PLAN',
    );
  });

  describe('the lottery', () => {
    const lottery = { drawnShare: 0.5, roundMs: HOUR_MS / 4 };

    it('draws the same people however often they ask, says when it draws anew, and asks nobody who only looks', async () => {
      await start({ tier1: { ...tier1, lottery } }, {}, 0);
      const outcomesOf = async (round: number) => {
        const answers = await Promise.all(users.map((user) => grab(user, {}, `g${round}-${user}`)));
        const refused = answers.filter(({ outcome }) => outcome === 'NOT_DRAWN');
        expect(refused.every(({ pollAfterMs = 0 }) => pollAfterMs > 0 && pollAfterMs <= lottery.roundMs)).toBe(true);
        return answers.map(({ outcome }) => outcome);
      };
      const first = await outcomesOf(1);
      expect(await outcomesOf(2)).toEqual(first);
      const { policy } = (await gateway.app.inject('/policy?campaignId=sale')).json<{ policy: EffectivePolicy }>();
      const isIn = (user: string) => isDrawn(policy.lottery, user, policy.t0Ms);
      expect(first).toEqual(users.map((user) => (isIn(user) ? 'GRANTED' : 'NOT_DRAWN')));
      // T0 is another in each run and draws others, but of so many people half: 500 are ten standard deviations.
      const drawn = Array.from({ length: 10_000 }, (_, i) => `user-${i}`).filter(isIn).length;
      expect(Math.abs(drawn - 5_000)).toBeLessThan(500);
      for (const user of users.slice(0, 20)) {
        expect((await call('GET', '/campaigns/sale/cards', bearer(user))).outcome).toBe('OK');
        expect((await call('GET', `/campaigns/sale/pools/phones/grabs/g1-${user}`, bearer(user))).outcome).toBe(
          'UNKNOWN_GRAB',
        );
        expect((await call('POST', '/orders/o1/cancellation', bearer(user))).outcome).toBe('WAIT');
      }
    });

    it('names no other round when the campaign closes before it', async () => {
      services.campaigns = [timedSale('sale', { openForMs: 10_000, closesInMs: HOUR_MS / 8 })];
      await start({ tier1: { ...tier1, lottery: { ...lottery, drawnShare: 0 } } }, {}, 0);
      const { outcome, pollAfterMs } = await grab('ann');
      expect([outcome, pollAfterMs]).toEqual(['NOT_DRAWN', undefined]);
    });

    it('takes nobody for drawn who was only let in at the entry', async () => {
      await start(
        { tier1: { ...tier1, entry: { ...tier1.entry, releaseOverMs: 0 }, lottery: { ...lottery, drawnShare: 0 } } },
        {},
        0,
      );
      const { outcome, headers } = await call('GET', '/campaigns/sale/entry', bearer('ann'));
      expect(outcome).toBe('OK');
      expect((await grab('ann', { 'fg-pass': String(headers['fg-pass']) })).outcome).toBe('NOT_DRAWN');
    });
  });

  describe('who was let in', () => {
    const halfDropped = {
      tier2: {
        ...tier2,
        serverDrop: { ...tier2.serverDrop, shares: { pay: 0, grab: 0.5, qualify: 0.5, browse: 0.5 } },
      },
    };
    const allDropped = { tier2: { ...tier2, serverDrop: { ...tier2.serverDrop, shares: EVERYBODY } } };

    it('carries a pass that lets them past every later drop, on any gateway, and nobody else', async () => {
      await start(halfDropped);
      const answers = await Promise.all(users.slice(0, 40).map(async (user) => ({ user, ...(await grab(user)) })));
      const inside = answers.filter(({ outcome }) => outcome === 'GRANTED');
      expect(inside.length).toBeGreaterThan(5);
      expect(answers.every(({ outcome, headers }) => (outcome === 'GRANTED') === 'fg-pass' in headers)).toBe(true);
      await gateway.close();
      await start(allDropped);
      for (const { user, headers } of inside) {
        const pass = { 'fg-pass': String(headers['fg-pass']) };
        expect((await grab(user, pass, 'another')).outcome).toBe('GRANTED');
        expect((await call('GET', '/campaigns/sale/cards', { ...bearer(user), ...pass })).outcome).toBe('OK');
        expect((await grab(user, {}, 'another2')).outcome).toBe('DROPPED_BY_PLAN');
        expect((await grab('mallory', pass)).outcome).toBe('DROPPED_BY_PLAN');
        expect((await call('GET', '/campaigns/split/cards', { ...bearer(user), ...pass })).outcome).toBe(
          'DROPPED_BY_PLAN',
        );
      }
    });

    it('needs no pass for the same grab again, and gets one anew only when it has none', async () => {
      await start({ tier1: { ...tier1, lottery: { drawnShare: 0.5, roundMs: 1_000 } } }, {}, 0);
      let drawn = '';
      for (const user of users) if (drawn === '' && (await grab(user)).outcome === 'GRANTED') drawn = user;
      const again = await grab(drawn);
      expect(again.headers['fg-pass']).toBeDefined();
      expect((await grab(drawn, { 'fg-pass': String(again.headers['fg-pass']) })).headers['fg-pass']).toBeUndefined();
      // Rounds of a second: in one of those that come, they are not drawn for another grab, and let in for this one.
      let others = 0;
      await until('another round', async () => (await grab(drawn, {}, `other-${others++}`)).outcome === 'NOT_DRAWN');
      expect((await grab(drawn)).outcome).toBe('GRANTED');
    });

    it('is told so at the entry, whatever tier there is', async () => {
      await start({ tier1: { ...tier1, entry: { ...tier1.entry, releaseOverMs: 0 } } }, {}, 0);
      expect((await call('GET', '/campaigns/split/entry', bearer('ann'))).headers['fg-pass']).toBeDefined();
      expect((await call('GET', '/campaigns/split/cards', bearer('ann'))).headers['fg-pass']).toBeUndefined();
      expect((await grab('ann')).headers['fg-pass']).toBeUndefined();
    });
  });

  describe('too hot', () => {
    it('refuses browsing and takes grabs, tells its cursor on every answer, and says when to come back', async () => {
      await start({}, {}, 0);
      expect((await call('GET', '/campaigns/sale/cards', bearer('ann'))).headers['fg-cursor']).toBe('browse:0');
      heat(lowestLevel('qualify'));
      const answers = await Promise.all(users.map((user) => call('GET', '/campaigns/sale/cards', bearer(user))));
      const refused = answers.filter(({ outcome }) => outcome === 'TOO_HOT');
      // Who of them is so by the hash of the moment's window.
      expect(refused.length).toBeGreaterThan(users.length / 4);
      expect(refused.every(({ pollAfterMs = 0 }) => pollAfterMs >= 1_000)).toBe(true);
      expect(new Set(refused.map(({ pollAfterMs }) => pollAfterMs)).size).toBeGreaterThan(4);
      const { outcome, headers } = await grab('ann');
      expect(outcome).toBe('GRANTED');
      expect(headers['fg-cursor']).toMatch(/^browse:[1-9]\d*$|^qualify:0$/);
      expect((await call('POST', '/orders/o1/cancellation', bearer('ann'))).outcome).toBe('WAIT');
      expect((await gateway.app.inject('/metrics')).body).toMatch(
        /floodgate_admission_refusals_total\{api="cards",step="too-hot",outcome="TOO_HOT"\} [1-9]/,
      );
    });

    it('serves so many at a time, and refuses who waits too long behind them', async () => {
      await start({}, { ADMISSION_IN_FLIGHT_MAX: '1', ADMISSION_WAIT_MS_MAX: '1000' }, 0);
      const queue = gateway.app.get(AdmissionQueue);
      services.hangs.add('getCards');
      await gateway.app.listen(0, '127.0.0.1');
      const { port } = gateway.app.getHttpServer().address() as AddressInfo;
      const hanging = request({ host: '127.0.0.1', port, path: '/campaigns/sale/cards', headers: bearer('ann') });
      hanging.on('error', () => undefined).end();
      await until('it is being served', () => queue.inFlight === 1);
      const late = await call('GET', '/campaigns/sale/cards', bearer('bob'));
      expect(late).toMatchObject({ outcome: 'TOO_HOT', pollAfterMs: 1_000 });
      services.hangs.clear();
      hanging.destroy();
      await until("who has left is in nobody's way", () => queue.inFlight === 0);
      await until(
        'he is served',
        async () => (await call('GET', '/campaigns/sale/cards', bearer('bob'))).outcome === 'OK',
      );
    });
  });
});
