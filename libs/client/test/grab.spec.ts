import { AdaptiveThrottle, FloodgateClient, type GrabOptions, RetryBudget } from '../src';
import { granted, lost, outcome, raw, ScriptedServer, torn, type Answer } from './scripted-server';
import { VirtualTime } from './virtual-time';

const NO_THROTTLE = new AdaptiveThrottle({ k: Infinity });
const GRAB = '/campaigns/c/pools/p/grabs/g1';

describe('FloodgateClient.grab', () => {
  const server = new ScriptedServer();
  beforeEach(() => server.start());
  afterEach(() => server.stop());

  const grab = (options: GrabOptions = {}, retries = 10) => {
    const time = new VirtualTime();
    const { clock, sleep } = time;
    const retryBudget = new RetryBudget({ start: retries });
    const client = new FloodgateClient({
      baseUrl: server.baseUrl,
      token: 't',
      clock,
      sleep,
      retryBudget,
      throttle: NO_THROTTLE,
    });
    return client.grab('c', 'p', { grabId: 'g1', ...options });
  };

  it('gives back what was granted, and sends the qualification', async () => {
    server.on('PUT', GRAB, granted('g1'));
    const result = await grab({ qualification: 'q' });
    expect(result).toEqual({ outcome: 'GRANTED', unitNo: 3, amountFen: 250, grabId: 'g1', settlement: 'PAYOUT' });
    expect(server.seen.at(-1)).toMatchObject({ method: 'PUT', path: GRAB, body: { qualification: 'q' } });
  });

  it('makes a grabId and keeps it across retries', async () => {
    const client = new FloodgateClient({
      baseUrl: server.baseUrl,
      retryBudget: new RetryBudget({ start: 10 }),
      throttle: NO_THROTTLE,
      ...new VirtualTime(),
    });
    server.on('PUT', '', outcome('TOO_HOT'), lost, outcome('SOLD_OUT'));
    server.on('GET', '', outcome('UNKNOWN_GRAB'));
    await client.grab('c', 'p');
    const paths = new Set(server.seen.filter(({ method }) => method === 'PUT').map(({ path }) => path));
    expect(paths.size).toBe(1);
    expect(server.count('PUT')).toBe(3);
  });

  const doubts: [string, Answer][] = [
    ['a lost answer', lost],
    ['a torn answer', torn],
    ['a 502', raw(502, '<h1>Bad gateway</h1>')],
    ['a 504 in JSON', raw(504, '{"outcome":"SOLD_OUT"}')],
    ['an unreadable answer', raw(200, '<html>')],
    ['an answer without an outcome', raw(200, '{"ok":true}')],
    ['an answer with an outcome of nobody', raw(200, '{"outcome":"toString"}')],
    ['a wait', outcome('WAIT', { pollAfterMs: 100 })],
    ['an internal error', outcome('INTERNAL')],
  ];

  it.each(doubts)('after %s reads the result before it believes that all is gone', async (_, doubt) => {
    server.on('PUT', GRAB, doubt, outcome('SOLD_OUT'));
    server.on('GET', GRAB, granted('g1'));
    expect(await grab()).toMatchObject({ outcome: 'GRANTED', grabId: 'g1' });
    expect(server.count('PUT')).toBe(2);
  });

  it.each(doubts)('after %s believes the refusal once no such grab is known', async (_, doubt) => {
    server.on('PUT', GRAB, doubt, outcome('SOLD_OUT'));
    server.on('GET', GRAB, outcome('UNKNOWN_GRAB'));
    expect(await grab()).toEqual({ outcome: 'SOLD_OUT', grabId: 'g1' });
    expect(server.count('GET')).toBe(3);
  });

  it('waits for a grab that is still on its way', async () => {
    server.on('PUT', GRAB, lost, outcome('CLOSED'));
    server.on('GET', GRAB, outcome('UNKNOWN_GRAB'), outcome('WAIT', { pollAfterMs: 100 }), lost, granted('g1'));
    expect(await grab()).toMatchObject({ outcome: 'GRANTED' });
  });

  it('says so when it could not find out', async () => {
    server.on('PUT', GRAB, lost, outcome('SOLD_OUT'));
    server.on('GET', GRAB, lost);
    expect(await grab({ timeBudgetMs: 5_000 })).toMatchObject({ outcome: 'GAVE_UP', last: 'OFFLINE', grabId: 'g1' });
  });

  it('says why it was refused rather than that nobody knows of it', async () => {
    server.on('PUT', GRAB, outcome('WAIT', { pollAfterMs: 3_000 }));
    server.on('GET', GRAB, outcome('UNKNOWN_GRAB', { pollAfterMs: 3_000 }));
    expect(await grab({ timeBudgetMs: 5_000 })).toMatchObject({ outcome: 'GAVE_UP', last: 'WAIT' });
  });

  it('finds a grant although every attempt went unanswered', async () => {
    server.on('PUT', GRAB, lost);
    server.on('GET', GRAB, granted('g1'));
    expect(await grab()).toMatchObject({ outcome: 'GRANTED' });
    expect(server.count('PUT')).toBe(3);
  });

  it('asks no more often than its retries allow while nobody answers', async () => {
    server.on('PUT', GRAB, lost);
    server.on('GET', GRAB, lost);
    expect(await grab({}, 0)).toMatchObject({ outcome: 'GAVE_UP', last: 'OFFLINE' });
    expect(server.count('PUT') + server.count('GET')).toBe(1);
    expect(await grab({}, 4)).toMatchObject({ outcome: 'GAVE_UP', last: 'OFFLINE' });
    expect(server.count('PUT') + server.count('GET')).toBe(1 + 1 + 4);
  });

  it('does not ask for results when nothing is in doubt', async () => {
    server.on('PUT', GRAB, outcome('TOO_HOT'), outcome('SOLD_OUT'));
    expect(await grab()).toEqual({ outcome: 'SOLD_OUT', grabId: 'g1' });
    expect(server.count('GET')).toBe(0);
  });

  it('reads the result of a resumed grab before any refusal is believed', async () => {
    server.on('PUT', GRAB, outcome('SOLD_OUT'));
    server.on('GET', GRAB, outcome('GRAB_ENDED', { grabId: 'g1' }));
    expect(await grab({ resumed: true })).toEqual({ outcome: 'GRAB_ENDED', grabId: 'g1' });
  });

  it('is told when its sign-in has run out meanwhile', async () => {
    server.on('PUT', GRAB, lost, outcome('SIGNED_OUT'));
    server.on('GET', GRAB, outcome('SIGNED_OUT'));
    expect(await grab()).toMatchObject({ outcome: 'SIGNED_OUT' });
  });
});
