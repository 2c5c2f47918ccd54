import { type ServerResponse } from 'node:http';
import { effectivePolicy } from '@floodgate/domain/degradation-plan';
import { FloodgateClient, type LiveHandlers, messageFor, PolicyStore, type Serving } from '../src';
import { EventReader } from '../src/event-reader';
import { type Answer, granted, outcome, ScriptedServer } from './scripted-server';
import { snapshotOf, tier3 } from './policy-files';

const GRAB = '/campaigns/c/pools/p/grabs/g1';
const HOUR_MS = 3_600_000;
const TOKEN = `h.${Buffer.from('{"sub":"ann"}').toString('base64url')}.s`;

describe('events that servers send of their own accord', () => {
  const server = new ScriptedServer();
  let open: ServerResponse[] = [];
  const stream: Answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(':\n\n');
    open.push(response);
  };
  /** To whoever still listens: a stream that was given up may have been asked for before or after the one that was not. */
  const push = (event: string, data: object) => {
    for (const response of open) response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  /** Resolves when `come` has been called `times` times. */
  const arrival = (times = 1) => {
    let left = times;
    let come = () => undefined as void;
    const arrived = new Promise<void>((resolve) => {
      come = () => void (--left === 0 && resolve());
    });
    return { arrived, come };
  };

  afterEach(() => server.stop());
  beforeEach(async () => {
    await server.start();
    open = [];
  });

  const clientOf = (more: object = {}) => new FloodgateClient({ baseUrl: server.baseUrl, token: TOKEN, ...more });
  const policyAnswer = (version: number, clientDropShare: number) => {
    const nowMs = Date.now();
    const snapshot = snapshotOf(version, [tier3(clientDropShare, nowMs - 1_000)]);
    const policy = effectivePolicy(snapshot.plan, { campaignId: 'c', t0Ms: nowMs - HOUR_MS }, nowMs, snapshot.tiers);
    return { policyVersion: version, nowMs, policy, snapshot };
  };
  /** Follows until the first event has come. */
  const follow = async (client: FloodgateClient, handlers: LiveHandlers = {}) => {
    const { arrived, come } = arrival();
    const onServing = (serving: Serving) => {
      come();
      handlers.onServing?.(serving);
    };
    const stop = client.follow('c', { ...handlers, onServing });
    await eventually(() => open.length === 1);
    push('serving', serving(0));
    await arrived;
    return stop;
  };

  it('come over one connection, which says who asks in its head and not in its address', async () => {
    server.on('GET', '/events', stream);
    const client = clientOf();
    const stop = await follow(client);
    client.follow('c');
    const asked = server.seen.filter(({ path }) => path.startsWith('/events'));
    expect(asked.map(({ path }) => path)).toEqual(['/events?campaignId=c']);
    expect(asked[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    stop();
  });

  it('come over a new connection to who follows anew right after stopping, as a page does that is drawn again', async () => {
    server.on('GET', '/events', stream);
    const client = clientOf();
    const ended: string[] = [];
    client.follow('c', { onEnd: (why) => ended.push(why) })();
    const { arrived, come } = arrival();
    const stop = client.follow('c', { onServing: come });
    await eventually(() => ended.length === 1);
    const again = setInterval(() => push('serving', serving(0)), 5);
    await arrived;
    clearInterval(again);
    expect(ended).toEqual(['STOPPED']);
    stop();
  });

  it('set the policy without its being asked for', async () => {
    server.on('GET', '/events', stream);
    const policies = new PolicyStore();
    const client = clientOf({ policies, timeBudgetMs: 0 });
    const { arrived, come } = arrival();
    const stop = await follow(client, { onPolicy: come });
    push('policy', policyAnswer(9, 1));
    await arrived;
    expect((await client.cards('c')).outcome).toBe('DROPPED_HERE');
    expect(server.seen.filter(({ path }) => path.startsWith('/policy'))).toEqual([]);
    stop();
  });

  it('end the wait for a result', async () => {
    server.on('GET', '/events', stream);
    server.on('PUT', GRAB, outcome('WAIT', { pollAfterMs: 20_000 }));
    const client = clientOf();
    const stop = await follow(client);
    const result = client.grab('c', 'p', { grabId: 'g1' });
    await eventually(() => server.count('PUT') === 1);
    const won = { outcome: 'GRANTED', unitNo: 3, amountFen: 5, settlement: 'PAYOUT', poolId: 'p' };
    push('result', { ...won, grabId: 'other', askedGrabId: 'other' });
    // It may come before the client has read the answer that made it wait.
    const again = setInterval(() => push('result', { ...won, grabId: 'g1', askedGrabId: 'g1' }), 5);
    expect(await result).toMatchObject({ outcome: 'GRANTED', grabId: 'g1', unitNo: 3 });
    clearInterval(again);
    expect(server.count('PUT')).toBe(1);
    stop();
  });

  it('move a person on in the waiting room', async () => {
    server.on('GET', '/events', stream);
    server.on('PUT', GRAB, outcome('WAIT', { field: 'fg-pass' }), granted('g1'));
    server.on('POST', '/ticket', outcome('OK', { ticket: 't', arrival: 7, pollAfterMs: 20_000 }));
    server.on('GET', '/serving', outcome('OK', serving(0)));
    server.on('POST', '/pass', outcome('OK', { pass: 'room' }));
    const client = clientOf();
    const stop = await follow(client);
    const result = client.grab('c', 'p', { grabId: 'g1' });
    await eventually(() => server.seen.some(({ path }) => path.endsWith('/serving')));
    const again = setInterval(() => push('serving', serving(7)), 5);
    expect((await result).outcome).toBe('GRANTED');
    clearInterval(again);
    expect(server.seen.filter(({ path }) => path.endsWith('/serving'))).toHaveLength(1);
    stop();
  });

  it('that stop because the connection is cut are said to have stopped, in both languages, and calls go on by asking', async () => {
    server.on('GET', '/events', stream);
    server.on('PUT', GRAB, outcome('WAIT', { pollAfterMs: 100 }), granted('g1'));
    const client = clientOf();
    let ended = '';
    await follow(client, { onEnd: (why) => (ended = why) });
    open[0]?.destroy();
    await eventually(() => ended !== '');
    expect(ended).toBe('STREAM_CUT');
    expect(messageFor('STREAM_CUT', 'zh')).not.toBe(messageFor('STREAM_CUT', 'en'));
    expect((await client.grab('c', 'p', { grabId: 'g1' })).outcome).toBe('GRANTED');
    expect(server.count('PUT')).toBe(2);
    expect(server.seen.filter(({ path }) => path.startsWith('/events'))).toHaveLength(1);
  });

  it('are given up after one refusal', async () => {
    server.on('GET', '/events', outcome('TOO_HOT'));
    let ended = '';
    clientOf().follow('c', { onEnd: (why) => (ended = why) });
    await eventually(() => ended !== '');
    expect(ended).toBe('STREAM_CUT');
    expect(server.seen).toHaveLength(1);
  });

  it('are given up when even heartbeats stay away', async () => {
    server.on('GET', '/events', stream);
    let ended = '';
    // The patience with a silent connection is all that this client ever waits for.
    clientOf({ sleep: () => Promise.resolve() }).follow('c', { onEnd: (why) => (ended = why) });
    await eventually(() => ended !== '');
    expect(ended).toBe('STREAM_CUT');
  });

  it('end when the page says so', async () => {
    server.on('GET', '/events', stream);
    let ended = '';
    const stop = await follow(clientOf(), { onEnd: (why) => (ended = why) });
    const closed = new Promise((resolve) => open[0]?.once('close', resolve));
    stop();
    await closed;
    await eventually(() => ended !== '');
    expect(ended).toBe('STOPPED');
  });

  it('that are no JSON, or of a kind unknown here, are passed over', async () => {
    server.on('GET', '/events', stream);
    let heard = 0;
    const stop = await follow(clientOf(), { onServing: () => (heard += 1) });
    open[0]?.write('event: serving\ndata: {"serving"\n\nevent: weather\ndata: {}\n\ndata: {}\n\n');
    push('serving', serving(1));
    await eventually(() => heard === 2);
    stop();
  });
});

describe('EventReader', () => {
  const readAll = async (...parts: string[]) => {
    const queue = parts.map((part) => new TextEncoder().encode(part));
    const read = () => Promise.resolve({ done: queue.length === 0, value: queue.shift() });
    const reader = new EventReader({ getReader: () => ({ read, cancel: () => Promise.resolve() }) });
    const events = [];
    for (;;) {
      const some = await reader.read();
      if (!some) return events;
      events.push(...some);
    }
  };

  it('reads events however they are cut into parts', async () => {
    const text = ':\n\nevent: a\ndata: {"名":1}\n\ndata: x\ndata: y\n\n';
    const expected = [
      { event: 'a', data: '{"名":1}' },
      { event: 'message', data: 'x\ny' },
    ];
    for (let size = 1; size <= text.length; size += 1) {
      const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.slice(i * size, (i + 1) * size),
      );
      expect(await readAll(...parts)).toEqual(expected);
    }
  });

  it('does not read an event without end into memory', async () => {
    await expect(readAll(...Array.from({ length: 11 }, () => 'x'.repeat(100_000)))).rejects.toThrow(RangeError);
  });
});

function serving(number: number): Serving {
  const room = { opening: { frozen: 0, seed: '00'.repeat(32) }, lastReached: null, calledPerSecond: 0.01 };
  return { isOpen: true, serving: number, lapsed: 0, seen: 's', ...room };
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}
