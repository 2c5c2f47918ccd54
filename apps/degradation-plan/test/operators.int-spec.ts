import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Revocations, signJwt } from '@floodgate/nest-kit';
import { makeKeyPair, MemoryLog, until } from '@floodgate/testing';
import { createSigner } from 'fast-jwt';
import { startPlanService, type TestPlanService } from './test-plan-service';

const OPTIONS = { issuer: 'https://login.example', audience: 'floodgate' };
const FAR_S = 4_000_000_000;

const key = makeKeyPair('P-256');
const jwk = { ...key.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' };

/** A token of the company's own login. */
const companyToken = (
  userId: string,
  roles: readonly string[],
  { kid = 'k1', jti = randomUUID() }: { kid?: string; jti?: string } = {},
) =>
  createSigner({
    key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    algorithm: 'ES256',
    header: { alg: 'ES256', typ: 'at+jwt', kid },
  })({ iss: OPTIONS.issuer, aud: OPTIONS.audience, sub: userId, exp: FAR_S, roles, jti });

describe('operators', () => {
  let login: Server;
  let environment: Record<string, string>;
  let service: TestPlanService;

  beforeAll(async () => {
    login = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
    await new Promise<void>((resolve) => login.listen(0, '127.0.0.1', resolve));
    environment = {
      IDENTITY_JWKS_URL: `http://127.0.0.1:${(login.address() as AddressInfo).port}/jwks.json`,
      IDENTITY_ISSUER: OPTIONS.issuer,
      IDENTITY_AUDIENCE: OPTIONS.audience,
      REVOCATION_GROUP: `g-${randomUUID()}`,
      REVOCATION_POLL_EVERY_MS: '50',
      PROFILE: 'production',
    };
    service = await startPlanService(environment);
    await untilKeysAreRead(service);
  });
  afterAll(async () => {
    await service.stop();
    login.close();
  });

  const status = async (token: string, from = service) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await from.inject({ method: 'GET', url: '/plans/current', headers })).statusCode;
  };
  /** A service waits for them a few seconds at most, and then goes on reading while it serves. */
  const untilKeysAreRead = (from: TestPlanService) =>
    until('the keys of the login', async () => (await status(companyToken('ada', []), from)) === 403, 60_000);
  const developmentToken = () =>
    signJwt({ userId: 'ada', roles: ['operator'], ttlMs: 60_000 }, service.config.JWT_SECRET);

  it('are whom the company’s own login says they are, with the roles that it gives', async () => {
    expect(await status(companyToken('ada', ['plan-author']))).toBe(200);
    expect(await status(companyToken('ann', ['participant']))).toBe(403);
    expect(await status(companyToken('root', ['root']))).toBe(403);
  });

  it('have no tokens of development in production, where there is a login', async () => {
    expect(await status(developmentToken())).toBe(401);
  });

  it('have them in development', async () => {
    const ours = await startPlanService({ ...environment, PROFILE: 'development' });
    try {
      await untilKeysAreRead(ours);
      expect(await status(developmentToken(), ours)).toBe(200);
      expect(await status(companyToken('ada', ['operator']), ours)).toBe(200);
    } finally {
      await ours.stop();
    }
  });

  it('whose key is still to be fetched are asked to come back, not turned away', async () => {
    expect(await status(companyToken('ada', ['operator'], { kid: 'rotated' }))).toBe(503);
  });

  it('are refused once a gateway has revoked them, or one of their tokens', async () => {
    const gateway = new Revocations({
      redis: service.redis,
      group: service.config.REVOCATION_GROUP,
      clock: { nowMs: () => Date.now() },
      log: new MemoryLog(),
      pollEveryMs: 50,
    });
    const [lost, kept] = [companyToken('eve', ['sre'], { jti: 'lost' }), companyToken('eve', ['sre'])];
    expect([await status(lost), await status(kept)]).toEqual([200, 200]);
    await gateway.revoke({ tokenId: 'lost' }, Date.now() + 60_000);
    await until('the token is refused', async () => (await status(lost)) === 401);
    expect(await status(kept)).toBe(200);
    await gateway.revoke({ userId: 'eve' }, Date.now() + 60_000);
    await until('the operator is refused', async () => (await status(kept)) === 401);
    await service.redis.del(`revoked:${service.config.REVOCATION_GROUP}`);
  });
});
