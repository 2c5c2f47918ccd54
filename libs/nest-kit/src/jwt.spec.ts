import { createSigner } from 'fast-jwt';
import { bearerToken, signJwt, verifyJwt } from './jwt';

const SECRET = 'a-secret-that-is-long-enough-for-hs256';
const OTHER = 'another-secret-that-is-long-enough-too';

const good = { iss: 'floodgate', aud: 'floodgate-api', sub: 'u1', exp: 4_000_000_000, roles: ['participant'] };
const sign = (claims: object, { typ = 'at+jwt', alg = 'HS256' as const, key = SECRET } = {}) =>
  createSigner({ key, algorithm: alg, header: { alg, typ } })(claims);

describe('verifyJwt', () => {
  it('gives back who was signed in, first and from its cache', () => {
    const token = signJwt({ userId: 'u1', roles: ['operator'], ttlMs: 60_000 }, SECRET);
    const identity = { userId: 'u1', roles: ['operator'] };
    expect(verifyJwt(token, SECRET)).toEqual(identity);
    expect(verifyJwt(token, SECRET)).toEqual(identity);
    expect(verifyJwt(sign(good), SECRET)).toEqual({ userId: 'u1', roles: ['participant'] });
  });

  it.each([
    ['another secret', sign(good, { key: OTHER })],
    ['an issuer of another platform', sign({ ...good, iss: 'other' })],
    ['an audience of another service', sign({ ...good, aud: 'other' })],
    ['another type of token', sign(good, { typ: 'JWT' })],
    [
      'another algorithm',
      createSigner({ key: SECRET, algorithm: 'HS512', header: { alg: 'HS512', typ: 'at+jwt' } })(good),
    ],
    ['no expiry', sign({ ...good, exp: undefined })],
    ['a past expiry', sign({ ...good, exp: 1_000_000_000 })],
    ['no user', sign({ ...good, sub: undefined })],
    ['a user that is no id', sign({ ...good, sub: '../x' })],
    ['roles that are no list', sign({ ...good, roles: 'operator' })],
    ['no issuer', sign({ ...good, iss: undefined })],
    ['no audience', sign({ ...good, aud: undefined })],
    ['no token at all', ''],
    ['rubbish', 'a.b.c'],
  ])('refuses %s', (_, token) => {
    expect(verifyJwt(token, SECRET)).toBeUndefined();
  });

  it('refuses an unsigned token', () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    expect(verifyJwt(`${part({ alg: 'none', typ: 'at+jwt' })}.${part(good)}.`, SECRET)).toBeUndefined();
  });

  it('does not remember a verdict past the expiry of its token', () => {
    const nowMs = Date.now();
    const token = signJwt({ userId: 'u1', roles: [], ttlMs: 60_000 }, SECRET);
    const clock = jest.spyOn(Date, 'now');
    try {
      expect(verifyJwt(token, SECRET)).toBeDefined();
      clock.mockReturnValue(nowMs + 59_000);
      expect(verifyJwt(token, SECRET)).toBeDefined();
      clock.mockReturnValue(nowMs + 61_000);
      expect(verifyJwt(token, SECRET)).toBeUndefined();
    } finally {
      clock.mockRestore();
    }
  });

  it('gives each of many users their own identity, also once older verdicts are forgotten', () => {
    const claims = { iss: good.iss, aud: good.aud, exp: good.exp, roles: [] };
    const mint = createSigner({ key: SECRET, algorithm: 'HS256', header: { alg: 'HS256', typ: 'at+jwt' } });
    const tokens = Array.from({ length: 11_000 }, (_, i) => mint({ ...claims, sub: `u${i}` }));
    for (const round of [1, 2]) {
      const wrong = tokens.filter((token, i) => verifyJwt(token, SECRET)?.userId !== `u${i}`);
      expect([round, wrong]).toEqual([round, []]);
    }
  });

  it('drops roles it does not know', () => {
    expect(verifyJwt(sign({ ...good, roles: ['root', 'participant', 7] }), SECRET)?.roles).toEqual(['participant']);
  });
});

describe('bearerToken', () => {
  it('reads the header', () => {
    expect(bearerToken('Bearer abc')).toBe('abc');
    expect(bearerToken('Basic abc')).toBeUndefined();
    expect(bearerToken(undefined)).toBeUndefined();
  });
});
