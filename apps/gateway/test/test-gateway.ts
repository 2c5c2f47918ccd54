import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createService, parseConfig, type Role, signJwt, signToken } from '@floodgate/nest-kit';
import { until } from '@floodgate/testing';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Config, configSchema } from '../src/config';
import { GatewayModule } from '../src/gateway.module';
import { InventoryInstances } from '../src/grab/inventory-instances';
import { serveOpenApi } from '../src/openapi';
import { type StubServices } from './stub-services';

export const TOKEN_SECRET = 'token-secret-for-tests-0123456789abcdef';
export const JWT_SECRET = 'jwt-secret-for-tests-0123456789abcdef';

/** Its own, so that the plan of a stack that runs beside the tests is no business of this gateway. */
export const POLICY_SECRET = 'policy-secret-of-this-gateway-alone-0123';

export interface TestGateway {
  readonly app: NestFastifyApplication;
  readonly config: Config;
  readonly close: () => Promise<void>;
}

/** The whole gateway on real Redis, in front of stub services; not listening: requests are injected. */
export async function startGateway(
  services: StubServices,
  redisUrl: string,
  overrides: Record<string, string> = {},
): Promise<TestGateway> {
  const stateDir = overrides['STATE_DIR'] ?? (await mkdtemp(join(tmpdir(), 'gateway-')));
  const { address } = services;
  const config = parseConfig(configSchema, {
    PROFILE: 'development',
    HTTP_PORT: '1',
    LOG_LEVEL: 'silent',
    STATE_DIR: stateDir,
    REDIS_URL: redisUrl,
    ACTIVITY_GRPC: address,
    CARD_COLLECTION_GRPC: address,
    INVENTORY_GRPC: address,
    ORDER_GRPC: address,
    PRIZE_PAYOUT_GRPC: address,
    JWT_SECRET,
    TOKEN_SECRET,
    POLICY_SECRET,
    // So long that only an answer that never comes meets them, however slow the machine.
    GRAB_BUDGET_MS: '50000',
    CALL_BUDGET_MS: '50000',
    ...overrides,
  });
  const app = await createService({ module: GatewayModule.register(config), config, configure: serveOpenApi });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const instances = app.get(InventoryInstances);
  if (overrides['INVENTORY_GRPC'] === undefined) await until('inventory is reached', () => instances.up);
  const close = async () => {
    await app.close();
    await rm(config.STATE_DIR, { recursive: true });
  };
  return { app, config, close };
}

export function bearer(userId: string, ...roles: Role[]): { authorization: string } {
  return { authorization: `Bearer ${signJwt({ userId, roles, ttlMs: 60_000 }, JWT_SECRET)}` };
}

export function qualificationOf(
  userId: string,
  campaignId: string,
  more: { poolId?: string; expiresInMs?: number } = {},
): string {
  const { poolId = 'packets', expiresInMs = 60_000 } = more;
  const claims = { userId, campaignId, poolId, qualificationId: `q-${userId}`, expiresAtMs: Date.now() + expiresInMs };
  return signToken('qualification', claims, TOKEN_SECRET);
}
