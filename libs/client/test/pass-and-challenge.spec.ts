import { type ClientOptions, FloodgateClient, RetryBudget, type SolveChallenge } from '../src';
import { granted, lost, outcome, ScriptedServer } from './scripted-server';
import { VirtualTime } from './virtual-time';

const GRAB = '/campaigns/c/pools/p/grabs/g1';

/** A challenge of altcha 2, as its createChallenge makes it: small enough for a test. */
const CHALLENGE = {
  parameters: {
    algorithm: 'SHA-256',
    cost: 2,
    keyLength: 32,
    keyPrefix: '0',
    nonce: '000102030405060708090a0b0c0d0e0f',
    salt: 'f0e0d0c0b0a090807060504030201000',
  },
  signature: 'of-the-server',
};

describe('what servers give a client to keep', () => {
  const server = new ScriptedServer();
  beforeEach(() => server.start());
  afterEach(() => server.stop());

  const clientOf = (more: object = {}) =>
    new FloodgateClient({ baseUrl: server.baseUrl, token: 't', ...new VirtualTime(), ...more });
  const sentTo = (pathEnd: string) => server.seen.filter(({ path }) => path.endsWith(pathEnd));

  it('is sent back with every later request of the same campaign, and of no other', async () => {
    server.on('GET', '/cards', outcome('OK', {}, { 'fg-pass': 'pass-1' }));
    server.on('PUT', GRAB, granted('g1'));
    const client = clientOf({ deviceId: 'phone-1' });
    await client.cards('c');
    await client.cards('other');
    await client.grab('c', 'p', { grabId: 'g1' });
    expect(sentTo('/cards').map(({ headers }) => headers['fg-pass'])).toEqual([undefined, undefined]);
    expect(sentTo('/g1').map(({ headers }) => headers['fg-pass'])).toEqual(['pass-1']);
    expect(new Set(server.seen.map(({ headers }) => headers['fg-device']))).toEqual(new Set(['phone-1']));
  });

  it('gives way to what they give later', async () => {
    const passed = (pass: string) => outcome('OK', {}, { 'fg-pass': pass });
    server.on('GET', '/cards', passed('pass-1'), passed('pass-2'), outcome('OK'));
    const client = clientOf();
    for (let i = 0; i < 4; i += 1) await client.cards('c');
    expect(sentTo('/cards').map(({ headers }) => headers['fg-pass'])).toEqual([
      undefined,
      'pass-1',
      'pass-2',
      'pass-2',
    ]);
  });

  it('tells servers how long an answer is waited for', async () => {
    await clientOf({ attemptTimeoutMs: 54_321 }).cards('c');
    expect(sentTo('/cards')[0]?.headers['fg-deadline-ms']).toBe('54321');
  });
});

describe('a challenge', () => {
  const server = new ScriptedServer();
  afterEach(() => server.stop());
  beforeEach(async () => {
    await server.start();
    server.on('GET', '/challenge', outcome('OK', { challenge: CHALLENGE }));
  });

  const grab = (solveChallenge?: SolveChallenge, more: Partial<ClientOptions> = {}) => {
    const options = { ...(solveChallenge && { solveChallenge }), ...more };
    const client = new FloodgateClient({ baseUrl: server.baseUrl, token: 't', ...new VirtualTime(), ...options });
    return client.grab('c', 'p', { grabId: 'g1' });
  };
  const patient = () => ({ retryBudget: new RetryBudget({ start: 10 }) });
  const solutions = () =>
    server.seen.filter(({ method }) => method === 'PUT').map(({ headers }) => headers['fg-challenge']);

  it('is solved, and the grab sent again at once with the solution', async () => {
    server.on('PUT', GRAB, outcome('CHALLENGE_REQUIRED'), granted('g1'));
    expect((await grab()).outcome).toBe('GRANTED');
    const [without, solution] = solutions();
    expect(without).toBeUndefined();
    const told = JSON.parse(Buffer.from(String(solution), 'base64').toString()) as {
      challenge: object;
      solution: { counter: number; derivedKey: string };
    };
    expect(told.challenge).toEqual(CHALLENGE);
    expect(told.solution.derivedKey).toMatch(/^0[0-9a-f]{63}$/);
  });

  it('is solved by the one whom the page chose, a worker say', async () => {
    server.on('PUT', GRAB, outcome('CHALLENGE_REQUIRED'), granted('g1'));
    const asked: unknown[] = [];
    expect((await grab((challenge) => Promise.resolve(String(asked.push(challenge))))).outcome).toBe('GRANTED');
    expect(asked).toEqual([CHALLENGE]);
    expect(solutions()).toEqual([undefined, '1']);
  });

  it('is solved once in a call: who is asked again is told so', async () => {
    server.on('PUT', GRAB, outcome('CHALLENGE_REQUIRED'));
    expect((await grab()).outcome).toBe('CHALLENGE_REQUIRED');
    expect(solutions()).toHaveLength(2);
  });

  it.each<[string, () => void, SolveChallenge | undefined]>([
    ['nobody gives', () => server.on('GET', '/challenge', outcome('NO_SUCH_CAMPAIGN')), undefined],
    [
      'is of a kind unknown here',
      () => server.on('GET', '/challenge', outcome('OK', { challenge: 'riddle' })),
      undefined,
    ],
    ['cannot be solved', () => undefined, () => Promise.reject(new Error('too hard'))],
  ])('that %s is left to the person', async (_, prepare, solver) => {
    prepare();
    server.on('PUT', GRAB, outcome('CHALLENGE_REQUIRED'));
    expect(await grab(solver)).toEqual({ outcome: 'CHALLENGE_REQUIRED', grabId: 'g1' });
    expect(solutions()).toHaveLength(1);
  });

  it.each([
    ['is put off', outcome('TRY_LATER')],
    ['is lost', lost],
  ])('that %s is asked for again, like everything that may yet come', async (_, answer) => {
    server.on('PUT', GRAB, outcome('CHALLENGE_REQUIRED'), outcome('CHALLENGE_REQUIRED'), granted('g1'));
    server.on('GET', '/challenge', answer, outcome('OK', { challenge: CHALLENGE }));
    expect((await grab(undefined, patient())).outcome).toBe('GRANTED');
    expect(solutions()).toEqual([undefined, undefined, expect.any(String)]);
  });

  it('that cannot be had ends as why it could not', async () => {
    server.on('PUT', GRAB, outcome('CHALLENGE_REQUIRED'));
    server.on('GET', '/challenge', outcome('TRY_LATER'));
    expect(await grab(undefined, patient())).toMatchObject({ outcome: 'TRY_LATER', grabId: 'g1' });
    expect(server.count('PUT')).toBe(3);
  });

  it.each<[string, SolveChallenge]>([
    ['rejects', () => Promise.reject(new Error('too hard'))],
    [
      'throws',
      () => {
        throw new Error('too hard');
      },
    ],
  ])('tells the page why its solver failed when it %s', async (_, solver) => {
    server.on('PUT', GRAB, outcome('CHALLENGE_REQUIRED'));
    const told: unknown[] = [];
    const result = await grab(solver, { onChallengeFailed: (error, campaignId) => told.push(error, campaignId) });
    expect(result.outcome).toBe('CHALLENGE_REQUIRED');
    expect(told).toEqual([new Error('too hard'), 'c']);
  });

  it('tells of a kind of challenge that it does not know, and of none that it solved', async () => {
    const told: unknown[] = [];
    const more = { onChallengeFailed: (error: unknown) => told.push(error) };
    server.on('PUT', GRAB, outcome('CHALLENGE_REQUIRED'), granted('g1'));
    expect((await grab(undefined, more)).outcome).toBe('GRANTED');
    expect(told).toEqual([]);
    server.on('PUT', GRAB, outcome('CHALLENGE_REQUIRED'));
    const parameters = { ...CHALLENGE.parameters, algorithm: 'ARGON2ID' };
    server.on('GET', '/challenge', outcome('OK', { challenge: { ...CHALLENGE, parameters } }));
    expect((await grab(undefined, more)).outcome).toBe('CHALLENGE_REQUIRED');
    expect(told).toEqual([new TypeError('challenges by ARGON2ID need a solver of their own')]);
  });
});
