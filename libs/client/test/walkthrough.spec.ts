import { CLIENT_COPY, type Outcome, OUTCOMES } from '@floodgate/kernel';
import { AdaptiveThrottle, type ClientOutcome, type Fetch, FloodgateClient, messageFor, RetryBudget } from '../src';
import { FileSigner, snapshotOf, tier3 } from './policy-files';
import { VirtualTime } from './virtual-time';

const everything = [...Object.keys(OUTCOMES), ...Object.keys(CLIENT_COPY)] as (Outcome | ClientOutcome)[];
const NOW_MS = 1_800_000_000_000;
const TOKEN = `h.${Buffer.from('{"sub":"ann"}').toString('base64url')}.s`;

const answering =
  (status: number, text: string): Fetch =>
  () =>
    Promise.resolve({ status, headers: { get: () => null }, text: () => Promise.resolve(text) });
const offline: Fetch = () => Promise.reject(new TypeError('fetch failed'));

function clientOf(fetch: Fetch, more: object = {}): FloodgateClient {
  const retryBudget = new RetryBudget({ start: 10 });
  const throttle = new AdaptiveThrottle({ k: Infinity });
  const common = { baseUrl: 'http://floodgate.test', token: TOKEN, fetch, retryBudget, throttle };
  return new FloodgateClient({ ...common, ...new VirtualTime(NOW_MS), ...more });
}

/** What a person is shown for a result: the words for the outcome, and while it is unknown those for what happened last. */
function wordsFor({ outcome, last }: { outcome: Outcome | ClientOutcome; last?: Outcome | ClientOutcome }): string[] {
  return (['zh', 'en'] as const).flatMap((language) => [
    messageFor(outcome, language),
    ...(last === undefined ? [] : [messageFor(last, language)]),
  ]);
}

describe('what a person is told', () => {
  it.each(everything)('%s has words in both languages', (outcome) => {
    expect(messageFor(outcome, 'zh')).toMatch(/\p{Script=Han}/u);
    expect(messageFor(outcome, 'en')).toMatch(/^[A-Z][^<>{}]+[.!]$/);
  });

  it('has one name for one thing: no outcome of a server is also one of the client', () => {
    expect(new Set(everything).size).toBe(everything.length);
  });
});

describe('every answer', () => {
  it.each(Object.keys(OUTCOMES) as Outcome[])(
    '%s reaches the person who grabs, as it is or as "look again"',
    async (name) => {
      const body = { outcome: name, unitNo: 1, amountFen: 1, grabId: 'g', settlement: 'ORDER', pollAfterMs: 100 };
      const client = clientOf(answering(OUTCOMES[name].httpStatus, JSON.stringify(body)), { timeBudgetMs: 2_000 });
      const result = await client.grab('c', 'p', { grabId: 'g' });
      // Whether a doubtful grab was won is never told by a refusal.
      const isOpen = ['WAIT', 'TRY_LATER', 'INTERNAL', 'PAYMENT_PENDING', 'PAYMENT_REISSUING'].includes(name);
      if (isOpen) expect(result).toMatchObject({ outcome: 'GAVE_UP', last: name });
      else expect(result.outcome).toBe(name);
      expect(wordsFor(result).every((words) => words.length > 0)).toBe(true);
    },
  );
});

describe('every failure of the way there', () => {
  type Told = Promise<{ outcome: Outcome | ClientOutcome; last?: Outcome | ClientOutcome }>;
  const throttled = () => {
    const throttle = new AdaptiveThrottle();
    const asking = { priority: 'browse', userId: 'ann', serverMs: NOW_MS } as const;
    const server = throttle.of('http://floodgate.test');
    for (let i = 0; i < 1_000; i += 1) {
      server.take(asking, NOW_MS, 1);
      server.ended(asking, undefined, NOW_MS);
    }
    return throttle;
  };
  const shed = (): Told => {
    const signer = new FileSigner();
    const when = { serial: 1, t0Ms: NOW_MS - 3_600_000, nowMs: NOW_MS };
    const file = JSON.stringify(signer.file(when, snapshotOf(1, [tier3(1, NOW_MS - 1_000)])));
    const fetch: Fetch = (url, init) => (url.startsWith('cdn') ? answering(200, file)(url, init) : offline(url, init));
    const places = { policyFileUrls: ['cdn'], policyPublicKeys: [signer.publicKey] };
    return clientOf(fetch, { ...places, timeBudgetMs: 0 }).cards('c');
  };
  const slow: Fetch = (_, { signal }) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
  const wait = answering(202, '{"outcome":"WAIT"}');
  const order = { campaignId: 'c', poolId: 'p', grabId: 'g' };

  const walk: readonly [string, ClientOutcome, () => Told][] = [
    ['off line', 'OFFLINE', () => clientOf(offline).cancelOrder('o')],
    ['a 502 of a proxy', 'BAD_GATEWAY', () => clientOf(answering(502, '<h1>Bad gateway</h1>')).cancelOrder('o')],
    ['a 504 of a proxy', 'BAD_GATEWAY', () => clientOf(answering(504, '')).cancelOrder('o')],
    ['no answer in time', 'BAD_GATEWAY', () => clientOf(slow, { attemptTimeoutMs: 5 }).cancelOrder('o')],
    ['a body that is no JSON', 'UNREADABLE', () => clientOf(answering(200, '<html>')).cancelOrder('o')],
    ['a body without outcome', 'UNREADABLE', () => clientOf(answering(200, '{}')).cancelOrder('o')],
    ['an outcome of no list', 'UNREADABLE', () => clientOf(answering(200, '{"outcome":"MAYBE"}')).cancelOrder('o')],
    ['a poll that ran out', 'GAVE_UP', () => clientOf(wait).order(order)],
    ['a drop by the pushed policy', 'DROPPED_HERE', shed],
    [
      'a server that is too hot to ask',
      'THROTTLED_HERE',
      // The throttle lets one in a thousand through all the same, as chance will have it.
      () => clientOf(offline, { throttle: throttled(), random: () => 0 }).cards('c'),
    ],
    [
      'a stream of events that is cut',
      'STREAM_CUT',
      () =>
        new Promise((resolve) =>
          clientOf(offline).follow('c', { onEnd: (why) => resolve({ outcome: why as 'STREAM_CUT' }) }),
        ),
    ],
  ];

  it.each(walk)('%s is told as %s', async (_, expected, happen) => {
    const result = await happen();
    expect([result.outcome, result.last]).toContain(expected);
    const words = wordsFor(result);
    expect(words).toContain(CLIENT_COPY[expected].zh);
    expect(words).toContain(CLIENT_COPY[expected].en);
  });

  it('is walked: each case that the client has words for comes up', () => {
    expect(new Set(walk.map(([, expected]) => expected))).toEqual(new Set(Object.keys(CLIENT_COPY)));
  });
});
