import { BUILT_IN_SNAPSHOT, effectivePolicy, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { type Opening, Shuffle } from '@floodgate/domain/waiting-room';
import { type Outcome, OUTCOMES } from '@floodgate/kernel';
import { type Fetch, FloodgateClient, type GrabOptions, RetryBudget, type Serving, type Waiting } from '../src';
import { VirtualTime } from './virtual-time';

const T0_MS = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const TOKEN = `h.${Buffer.from('{"sub":"ann"}').toString('base64url')}.s`;
const GRAB = '/campaigns/c/pools/p/grabs/g1';
const OPENING: Opening = { frozen: 100, seed: 'ab'.repeat(32), atMs: T0_MS };

interface Sent {
  readonly what: string;
  readonly atMs: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly pass: string | undefined;
}

/** A gateway with a room that calls so many a second from T0 on, by the client's clock. */
class GatewayWithRoom {
  readonly sent: Sent[] = [];
  perSecond = 2;
  arrival = 60;
  isOpen = true;
  lastReached: number | null = null;
  /** What the next requests of a kind are answered instead. */
  readonly instead = new Map<string, [Outcome, object?][]>();

  constructor(readonly time: VirtualTime) {}

  get position(): number {
    return new Shuffle(OPENING).positionOf(this.arrival);
  }

  readonly fetch: Fetch = (url, { method, body, headers }) => {
    const path = url.replace(/\?.*/, '');
    const what = `${method} ${path.split('/').at(path === GRAB ? -2 : -1)}`;
    this.sent.push({ what, atMs: this.time.clock(), body: JSON.parse(body ?? '{}'), pass: headers['fg-pass'] });
    const [outcome, more] = this.instead.get(what)?.shift() ?? this.answer(what, headers['fg-pass']);
    const text = JSON.stringify({ outcome, ...more });
    const { httpStatus } = OUTCOMES[outcome];
    return Promise.resolve({ status: httpStatus, headers: { get: () => null }, text: () => Promise.resolve(text) });
  };

  count(what: string): number {
    return this.sent.filter((sent) => sent.what === what).length;
  }

  serving(): Serving {
    const openForMs = this.time.clock() - T0_MS;
    const serving = Math.max(0, Math.floor((openForMs / 1_000) * this.perSecond));
    const { isOpen, lastReached } = this;
    const opening = openForMs >= 0 ? { frozen: OPENING.frozen, seed: OPENING.seed } : null;
    const lapsed = Math.max(0, Math.floor(((openForMs - MINUTE_MS) / 1_000) * this.perSecond));
    return { isOpen, opening, serving, lapsed, calledPerSecond: this.perSecond, lastReached, seen: `seen-${serving}` };
  }

  private answer(what: string, pass: string | undefined): [Outcome, object?] {
    switch (what) {
      case 'GET policy':
        return ['OK', this.policy()];
      case 'POST ticket':
        return this.isOpen
          ? ['OK', { ticket: `ticket-${this.arrival}`, arrival: this.arrival, pollAfterMs: 5_000 }]
          : ['OK', { pollAfterMs: 0 }];
      case 'GET serving':
        return ['OK', this.serving()];
      case 'POST pass':
        return ['OK', { pass: 'room-pass' }];
      case 'PUT grabs':
        if (this.isOpen && pass !== 'room-pass') return ['WAIT', { field: 'fg-pass', pollAfterMs: 500 }];
        return ['GRANTED', { unitNo: 1, amountFen: 0, grabId: 'g1', settlement: 'ORDER' }];
      default:
        return ['UNKNOWN_GRAB', { pollAfterMs: 100 }];
    }
  }

  private policy(): object {
    const nowMs = this.time.clock();
    const { tier1 } = REFERENCE_PLAN;
    const room = { ...tier1.room, open: this.isOpen ? ('on' as const) : ('off' as const) };
    const plan = { ...REFERENCE_PLAN, tier1: { ...tier1, room } };
    const snapshot = { ...BUILT_IN_SNAPSHOT, version: 1, plan };
    const policy = effectivePolicy(plan, { campaignId: 'c', t0Ms: T0_MS }, nowMs, []);
    return { policyVersion: 1, nowMs, policy, snapshot };
  }
}

describe('a grab where there is a waiting room', () => {
  const come = (sinceT0Ms: number) => new GatewayWithRoom(new VirtualTime(T0_MS + sinceT0Ms));
  const grab = (gateway: GatewayWithRoom, options: GrabOptions = {}) => {
    const { clock, sleep } = gateway.time;
    const retryBudget = new RetryBudget({ start: 10 });
    const client = new FloodgateClient({ baseUrl: '', token: TOKEN, fetch: gateway.fetch, clock, sleep, retryBudget });
    return client.grab('c', 'p', { grabId: 'g1', ...options });
  };

  it('goes through it by itself when it is sent there, and shows where it stands', async () => {
    const gateway = come(5_000);
    const told: Waiting[] = [];
    const result = await grab(gateway, { onWaiting: (waiting) => told.push(waiting) });
    expect(result).toMatchObject({ outcome: 'GRANTED', grabId: 'g1' });
    const { position } = gateway;
    expect(told.length).toBeGreaterThan(1);
    expect(told.map((waiting) => waiting.position)).toEqual(told.map(() => position));
    expect(told[0]).toEqual({ position, ahead: position - 11, etaMs: ((position - 10) / 2) * 1_000 });
    const ahead = told.map((waiting) => waiting.ahead ?? NaN);
    expect(ahead).toEqual([...ahead].sort((a, b) => b - a));
    const puts = gateway.sent.filter(({ what }) => what === 'PUT grabs');
    expect(puts.map(({ pass }) => pass)).toEqual([undefined, 'room-pass']);
    expect(gateway.count('POST ticket')).toBe(1);
    expect(gateway.sent.find(({ what }) => what === 'POST pass')?.body).toMatchObject({
      ticket: `ticket-${gateway.arrival}`,
      grabId: 'g1',
      seen: expect.stringMatching(/^seen-\d+$/) as string,
    });
  });

  it('comes back within a minute of being called, and asks no more often than once a second', async () => {
    for (const perSecond of [0.1, 2, 50]) {
      const gateway = come(0);
      gateway.perSecond = perSecond;
      expect((await grab(gateway)).outcome).toBe('GRANTED');
      const calledAtMs = T0_MS + (gateway.position / perSecond) * 1_000;
      const cameAtMs = gateway.sent.find(({ what }) => what === 'POST pass')?.atMs ?? Infinity;
      expect(cameAtMs).toBeGreaterThanOrEqual(calledAtMs);
      expect(cameAtMs).toBeLessThan(calledAtMs + MINUTE_MS);
      const asked = gateway.sent.filter(({ what }) => what === 'GET serving').map(({ atMs }) => atMs);
      asked.slice(1).forEach((atMs, i) => expect(atMs - (asked[i] ?? 0)).toBeGreaterThanOrEqual(800));
    }
  });

  it('is joined before T0 without a grab being sent, and its place is not known until then', async () => {
    const gateway = come(-20_000);
    const told: Waiting[] = [];
    expect((await grab(gateway, { onWaiting: (waiting) => told.push(waiting) })).outcome).toBe('GRANTED');
    expect(told[0]).toEqual({ position: undefined, ahead: undefined, etaMs: undefined });
    expect(told.at(-1)?.position).toBe(gateway.position);
    expect(gateway.count('PUT grabs')).toBe(1);
  });

  it('is not waited in when nobody has to wait', async () => {
    const gateway = come(5_000);
    gateway.isOpen = false;
    gateway.instead.set('PUT grabs', [['WAIT', { field: 'fg-pass', pollAfterMs: 500 }]]);
    expect((await grab(gateway)).outcome).toBe('GRANTED');
    expect(gateway.count('GET serving')).toBe(0);
  });

  it('that closes while somebody waits lets them grab', async () => {
    const gateway = come(5_000);
    const onWaiting = () => (gateway.isOpen = false);
    expect((await grab(gateway, { onWaiting })).outcome).toBe('GRANTED');
    expect(gateway.count('POST pass')).toBe(0);
  });

  it('gives a new place to who was called too long ago', async () => {
    const gateway = come(5_000);
    gateway.instead.set('POST pass', [['CONFLICT', { field: 'ticket' }]]);
    expect((await grab(gateway)).outcome).toBe('GRANTED');
    const tickets = gateway.sent.filter(({ what }) => what === 'POST ticket').map(({ body }) => body['ticket']);
    expect(tickets).toEqual([undefined, undefined]);
  });

  it.each<[string, [Outcome, object?], Outcome]>([
    [
      'for now',
      ['OK', { ticket: 't', arrival: 60, soldOut: 'SOLD_OUT_FOR_NOW', pollAfterMs: 3_000 }],
      'SOLD_OUT_FOR_NOW',
    ],
    ['for good', ['SOLD_OUT'], 'SOLD_OUT'],
  ])('tells those whom the stock cannot reach so, %s', async (_, second, outcome) => {
    const gateway = come(5_000);
    gateway.lastReached = gateway.position - 1;
    const joined: [Outcome, object?] = ['OK', { ticket: 't', arrival: gateway.arrival, pollAfterMs: 1_000 }];
    gateway.instead.set('POST ticket', [joined, second]);
    expect(await grab(gateway)).toMatchObject({ outcome, grabId: 'g1' });
    expect(gateway.count('PUT grabs')).toBe(1);
  });

  it('is waited in for so long and no longer, and the place is kept for the next time', async () => {
    const gateway = come(0);
    gateway.perSecond = 0;
    const { clock, sleep } = gateway.time;
    const client = new FloodgateClient({ baseUrl: '', token: TOKEN, fetch: gateway.fetch, clock, sleep });
    const result = await client.grab('c', 'p', { grabId: 'g1', roomTimeMs: MINUTE_MS });
    expect(result).toMatchObject({ outcome: 'GAVE_UP', last: 'WAIT', grabId: 'g1' });
    expect(clock() - T0_MS).toBeLessThanOrEqual(MINUTE_MS + 1_000);
    gateway.perSecond = 100;
    expect((await client.grab('c', 'p', { grabId: 'g1' })).outcome).toBe('GRANTED');
    const tickets = gateway.sent.filter(({ what }) => what === 'POST ticket').map(({ body }) => body['ticket']);
    expect(tickets).toEqual([undefined, `ticket-${gateway.arrival}`]);
  });

  it('is not joined by a grab that has won already', async () => {
    const gateway = come(5_000);
    const won = { unitNo: 1, amountFen: 0, grabId: 'g1', settlement: 'ORDER' };
    gateway.instead.set('PUT grabs', [['TRY_LATER']]);
    gateway.instead.set('GET grabs', [['GRANTED', won]]);
    expect((await grab(gateway)).outcome).toBe('GRANTED');
    expect(gateway.count('POST ticket')).toBe(0);
  });

  it('that cannot be reached any more says nothing of an attempt made before: its result is shown', async () => {
    const gateway = come(5_000);
    const won = { unitNo: 1, amountFen: 0, grabId: 'g1', settlement: 'ORDER' };
    gateway.instead.set('GET grabs', [
      ['UNKNOWN_GRAB', { pollAfterMs: 100 }],
      ['GRANTED', won],
    ]);
    gateway.instead.set('POST ticket', [['SOLD_OUT']]);
    expect(await grab(gateway, { resumed: true })).toMatchObject({ outcome: 'GRANTED', grabId: 'g1' });
    expect(gateway.count('POST ticket')).toBe(1);
  });

  it('costs nobody a look for a result when nothing was attempted before', async () => {
    const gateway = come(5_000);
    gateway.instead.set('POST ticket', [['SOLD_OUT']]);
    expect(await grab(gateway)).toMatchObject({ outcome: 'SOLD_OUT', grabId: 'g1' });
    expect(gateway.count('GET grabs')).toBe(0);
  });

  it('is waited in through answers that do not come', async () => {
    const gateway = come(5_000);
    gateway.instead.set('GET serving', [['TRY_LATER'], ['INTERNAL'], ['TOO_HOT'], ['TRY_LATER']]);
    expect((await grab(gateway)).outcome).toBe('GRANTED');
  });
});
