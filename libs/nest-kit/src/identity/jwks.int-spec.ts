import { type KeyObject, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createRedis, type RedisClient } from '@floodgate/adapters/redis';
import { makeKeyPair, MemoryLog, SERVERS, until } from '@floodgate/testing';
import { createSigner } from 'fast-jwt';
import pino from 'pino';
import { ConfigError } from '../config';
import { signJwt } from '../jwt';
import { Lifecycle } from '../lifecycle';
import { Metrics } from '../metrics';
import { Identities } from './identities';
import { JwksIdentities } from './jwks-identities';
import { FETCH_GAP_MS, type KeyAlgorithm, JwksKeys } from './jwks-keys';
import { Revocations } from './revocations';
import { type IdentityConfig, startIdentities } from './start-identities';

const JWT_SECRET = 'a-secret-that-is-long-enough-for-hs256';
const OPTIONS = { issuer: 'https://login.example', audience: 'floodgate', type: 'at+jwt' };
const FAR_S = 4_000_000_000;

interface LoginKey {
  readonly kid: string;
  readonly algorithm: KeyAlgorithm;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function makeKey(kid: string, algorithm: KeyAlgorithm, rsaBits = 2_048): LoginKey {
  const kind = { RS256: 'rsa', ES256: 'P-256', EdDSA: 'ed25519' } as const;
  return { kid, algorithm, ...makeKeyPair(kind[algorithm], rsaBits) };
}

const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const good = { iss: OPTIONS.issuer, aud: OPTIONS.audience, sub: 'u1', exp: FAR_S };
const tokenOf = (key: LoginKey, claims: object = good, { typ = 'at+jwt', kid = key.kid, alg = key.algorithm } = {}) =>
  createSigner({ key: pem(key.privateKey), algorithm: alg, header: { alg, typ, kid } })(claims);

describe("identity by the keys of the integrator's own login", () => {
  const rsa = makeKey('rsa', 'RS256');
  const ec = makeKey('ec', 'ES256');
  const ed = makeKey('ed', 'EdDSA');
  const log = new MemoryLog();
  let login: Server;
  let url: string;
  let redis: RedisClient;
  let fetches = 0;
  let answer: (published: object[]) => { status: number; body: string };
  let published: object[];
  let now: number;
  const running: JwksKeys[] = [];

  const jwkOf = ({ kid, algorithm, publicKey }: LoginKey) => ({
    ...publicKey.export({ format: 'jwk' }),
    kid,
    alg: algorithm,
    use: 'sig',
  });
  const ok = (keys: object[]) => ({ status: 200, body: JSON.stringify({ keys }) });

  beforeAll(async () => {
    login = createServer((_, response) => {
      fetches += 1;
      const { status, body } = answer(published);
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => login.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(login.address() as AddressInfo).port}/jwks.json`;
    redis = createRedis(SERVERS.redisUrl, { commandTimeout: 30_000 });
    await redis.connect();
  });
  afterAll(() => {
    login.close();
    redis.disconnect();
  });
  beforeEach(() => {
    fetches = 0;
    answer = ok;
    published = [rsa, ec, ed].map(jwkOf);
    now = 1_000_000;
  });
  afterEach(() => running.splice(0).forEach((keys) => keys.stop()));

  const revocations = (group = `g-${randomUUID()}`) =>
    new Revocations({ redis, group, clock: { nowMs: () => Date.now() }, log, pollEveryMs: 50 });
  const start = async (revoked = revocations()) => {
    const keys = new JwksKeys({ url, refreshEveryMs: 300_000, log, now: () => now });
    running.push(keys);
    await keys.start(30_000);
    const jwks = new JwksIdentities(keys, OPTIONS);
    return { keys, identities: new Identities({ jwtSecret: undefined, jwks, revocations: revoked }) };
  };

  it.each([
    ['RS256', rsa],
    ['ES256', ec],
    ['EdDSA', ed],
  ])('recognises a user by %s', async (_, key) => {
    const { identities } = await start();
    const token = tokenOf(key, { ...good, roles: ['participant', 'root'] });
    const identity = { userId: 'u1', roles: ['participant'] };
    expect(identities.recognise(token)).toEqual(identity);
    expect(identities.recognise(token)).toEqual(identity);
    expect(identities.recognise(tokenOf(key))).toEqual(identity);
  });

  it.each<[string, () => string]>([
    ['another key under the same id', () => tokenOf(makeKey('rsa', 'RS256'))],
    ['an algorithm that is not the key’s', () => tokenOf(rsa, good, { kid: 'ec' })],
    [
      'a longer hash than is pinned',
      () =>
        createSigner({
          key: pem(rsa.privateKey),
          algorithm: 'RS512',
          header: { alg: 'RS512', typ: 'at+jwt', kid: 'rsa' },
        })(good),
    ],
    ['another issuer', () => tokenOf(rsa, { ...good, iss: 'https://evil.example' })],
    ['another audience', () => tokenOf(rsa, { ...good, aud: 'shop' })],
    ['another type', () => tokenOf(rsa, good, { typ: 'JWT' })],
    ['a past expiry', () => tokenOf(rsa, { ...good, exp: 1_000_000_000 })],
    ['no expiry', () => tokenOf(rsa, { ...good, exp: undefined })],
    ['a user that is no id', () => tokenOf(rsa, { ...good, sub: 'auth0|1' })],
    [
      'no key id',
      () =>
        createSigner({ key: pem(rsa.privateKey), algorithm: 'RS256', header: { alg: 'RS256', typ: 'at+jwt' } })(good),
    ],
    [
      'the public key taken for a shared secret',
      () =>
        createSigner({
          key: rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString().trim().replaceAll('-', ''),
          algorithm: 'HS256',
          header: { alg: 'HS256', typ: 'at+jwt', kid: 'rsa' },
        })(good),
    ],
    ['a token of development', () => signJwt({ userId: 'u1', roles: [], ttlMs: 60_000 }, JWT_SECRET)],
    ['rubbish', () => 'a.b.c'],
    ['nothing', () => ''],
  ])('refuses %s', async (_, token) => {
    const { identities } = await start();
    expect(identities.recognise(token())).toBeUndefined();
  });

  it('takes tokens of development beside them only where it is told their secret', async () => {
    const { keys } = await start();
    const jwks = new JwksIdentities(keys, OPTIONS);
    const identities = new Identities({ jwtSecret: JWT_SECRET, jwks, revocations: revocations() });
    const token = signJwt({ userId: 'dev', roles: ['operator'], ttlMs: 60_000 }, JWT_SECRET);
    expect(identities.recognise(token)).toEqual({ userId: 'dev', roles: ['operator'] });
    expect(identities.recognise(tokenOf(ec))).toMatchObject({ userId: 'u1' });
  });

  it('asks once in 30 s under a flood of unknown keys, and recognises users meanwhile', async () => {
    const { identities, keys } = await start();
    expect(fetches).toBe(1);
    const head = (kid: string) =>
      Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'at+jwt', kid })).toString('base64url');
    // 100 s of virtual time, of which ten bring 10,000 each.
    for (let second = 0; second < 100; second += 1) {
      for (let i = 0; i < (second % 10 === 0 ? 10_000 : 10); i += 1) {
        const recognised = identities.recognise(`${head(`k-${second}-${i}`)}.e30.c2ln`);
        if (recognised !== 'later') throw new Error('an unknown key is neither good nor bad yet');
      }
      await keys.settled();
      now += 1_000;
      expect(identities.recognise(tokenOf(ec))).toMatchObject({ userId: 'u1' });
    }
    expect(fetches).toBeGreaterThanOrEqual(3);
    expect(fetches).toBeLessThanOrEqual(1 + Math.ceil(100_000 / FETCH_GAP_MS));
  });

  it('takes a new key as soon as it may ask, and says later until then; an unknown one is then refused', async () => {
    const { identities, keys } = await start();
    const fetchesBefore = fetches;
    const fresh = makeKey('fresh', 'ES256');
    published.push(jwkOf(fresh));
    expect(identities.recognise(tokenOf(fresh))).toBe('later');
    expect(identities.recognise(tokenOf(makeKey('never', 'EdDSA')))).toBe('later');
    now += FETCH_GAP_MS;
    expect(identities.recognise(tokenOf(fresh))).toBe('later');
    await keys.settled();
    expect(identities.recognise(tokenOf(fresh))).toMatchObject({ userId: 'u1' });
    expect(identities.recognise(tokenOf(makeKey('never', 'EdDSA')))).toBeUndefined();
    expect(fetches - fetchesBefore).toBe(1);
  });

  it('drops a key that is published no more, once what was found good with it is old', async () => {
    const { identities, keys } = await start();
    published = [jwkOf(ec)];
    now += FETCH_GAP_MS;
    identities.recognise(tokenOf(makeKey('x', 'EdDSA')));
    await keys.settled();
    const token = tokenOf(ed, { ...good, sub: 'u2' });
    expect(identities.recognise(token)).toBe('later');
    now += FETCH_GAP_MS;
    identities.recognise(token);
    await keys.settled();
    expect(identities.recognise(token)).toBeUndefined();
  });

  it.each<[string, () => { status: number; body: string }]>([
    ['errors', () => ({ status: 500, body: 'sorry' })],
    ['no JSON', () => ({ status: 200, body: '<html>' })],
    ['no keys', () => ok([])],
    [
      'keys of no use',
      () =>
        ok([
          { kty: 'oct', kid: 'rsa', k: 'c2VjcmV0' },
          { kty: 'RSA', kid: 'rsa', n: 'AQAB', e: 'AQAB' },
        ]),
    ],
    ['a flood of bytes', () => ({ status: 200, body: ' '.repeat(300 * 1024) })],
  ])('goes on with the keys it has when the endpoint answers with %s', async (_, wrong) => {
    const { identities, keys } = await start();
    answer = wrong;
    now += FETCH_GAP_MS;
    identities.recognise(tokenOf(makeKey('x', 'EdDSA')));
    await keys.settled();
    expect(fetches).toBe(2);
    expect(keys.size).toBe(3);
    expect(identities.recognise(tokenOf(ed))).toMatchObject({ userId: 'u1' });
  });

  it('passes over keys that are too short, for encrypting, or of another algorithm', async () => {
    published = [
      jwkOf(makeKey('short', 'RS256', 1_024)),
      { ...jwkOf(makeKey('enc', 'RS256')), use: 'enc' },
      { ...jwkOf(makeKey('rs512', 'RS256')), alg: 'RS512' },
      { ...makeKey('x', 'ES256').publicKey.export({ format: 'jwk' }) },
      jwkOf(ec),
    ];
    const { keys } = await start();
    expect(keys.size).toBe(1);
  });

  it('starts without the endpoint, and says later until it is there', async () => {
    answer = () => ({ status: 503, body: '' });
    const { identities, keys } = await start();
    expect(identities.recognise(tokenOf(ec))).toBe('later');
    answer = ok;
    now += FETCH_GAP_MS;
    expect(identities.recognise(tokenOf(ec))).toBe('later');
    await keys.settled();
    expect(identities.recognise(tokenOf(ec))).toMatchObject({ userId: 'u1' });
  });

  it('refuses what is revoked, on every instance: one token, or all of a user', async () => {
    const group = `g-${randomUUID()}`;
    const [here, there] = [revocations(group), revocations(group)];
    there.start();
    try {
      const { identities } = await start(there);
      const token = tokenOf(ec, { ...good, jti: 't1' });
      const other = tokenOf(ec, { ...good, jti: 't2' });
      expect(identities.recognise(token)).toMatchObject({ userId: 'u1' });
      await here.revoke({ tokenId: 't1' }, Date.now() + 60_000);
      await until('the token is revoked there', () => identities.recognise(token) === undefined);
      expect(identities.recognise(other)).toMatchObject({ userId: 'u1' });
      await here.revoke({ userId: 'u1' }, Date.now() + 60_000);
      await until('the user is revoked there', () => identities.recognise(other) === undefined);
      expect(identities.recognise(tokenOf(ec, { ...good, sub: 'u2' }))).toMatchObject({ userId: 'u2' });
    } finally {
      await there.stop();
    }
  });

  describe('as services are configured', () => {
    const recognisedBy = async (config: Partial<IdentityConfig>) => {
      const lifecycle = new Lifecycle();
      const identities = await startIdentities(
        {
          PROFILE: 'production',
          JWT_SECRET,
          IDENTITY_JWKS_URL: url,
          IDENTITY_ISSUER: OPTIONS.issuer,
          IDENTITY_AUDIENCE: OPTIONS.audience,
          IDENTITY_TYPE: OPTIONS.type,
          IDENTITY_REFRESH_EVERY_MS: 300_000,
          ...config,
        },
        { revocations: revocations(), log: pino({ level: 'silent' }), lifecycle, metrics: new Metrics() },
      );
      const tokens = {
        login: tokenOf(ec),
        development: signJwt({ userId: 'dev', roles: [], ttlMs: 60_000 }, JWT_SECRET),
      };
      const isGood = (token: string) => typeof identities.recognise(token) === 'object';
      await lifecycle.beforeApplicationShutdown();
      return { login: isGood(tokens.login), development: isGood(tokens.development) };
    };

    it('takes tokens of development beside those of a login in development only', async () => {
      expect(await recognisedBy({})).toEqual({ login: true, development: false });
      expect(await recognisedBy({ PROFILE: 'development' })).toEqual({ login: true, development: true });
      expect(await recognisedBy({ IDENTITY_JWKS_URL: undefined })).toEqual({ login: false, development: true });
    });

    it.each(['IDENTITY_ISSUER', 'IDENTITY_AUDIENCE'])('starts with no login without %s', async (name) => {
      await expect(recognisedBy({ [name]: undefined })).rejects.toThrow(ConfigError);
    });
  });

  it('says so when it cannot revoke', async () => {
    const away = createRedis('redis://127.0.0.1:1');
    away.on('error', () => undefined);
    const revoked = new Revocations({ redis: away, group: 'g', clock: { nowMs: () => 0 }, log, pollEveryMs: 50 });
    await expect(revoked.revoke({ userId: 'u1' }, 1)).rejects.toMatchObject({ outcome: 'TRY_LATER' });
  });
});
