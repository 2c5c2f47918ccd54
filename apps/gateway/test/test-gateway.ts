import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisClient } from '@floodgate/adapters/redis';
import {
  BUDGETS,
  createService,
  newKeyPair,
  parseConfig,
  PlatformCaps,
  type Role,
  signJwt,
  signToken,
} from '@floodgate/nest-kit';
import { until } from '@floodgate/testing';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Config, configSchema } from '../src/config';
import { GatewayModule } from '../src/gateway.module';
import { GATEWAY_REDIS } from '../src/gateway-redis';
import { InventoryInstances } from '../src/grab/inventory-instances';
import { serveOpenApi } from '../src/openapi';
import { type StubServices } from './stub-services';

export const TOKEN_SECRET = 'token-secret-for-tests-0123456789abcdef';
export const JWT_SECRET = 'jwt-secret-for-tests-0123456789abcdef';

/** Its own, so that the plan of a stack that runs beside the tests is no business of this gateway. */
export const POLICY_KEYS = newKeyPair();

/** So long that only an answer that never comes meets them, however slow the machine. */
const PATIENCE = {
  ...Object.fromEntries(Object.values(BUDGETS).map((variable) => [variable, '50000'])),
  BUDGET_REQUEST_MS: '500000',
  ADMISSION_WAIT_MS_MAX: '50000',
  ADMISSION_WAIT_MS_TARGET: '50000',
  // The stand-ins live in this process: when it stands still, inventory is not away.
  INVENTORY_SILENT_MS_MAX: '60000',
};
const REDIS_PATIENCE_MS = 50_000;
const ENOUGH_PER_SECOND = 1_000_000;

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
    // Its own, so that it shares caps with no other suite's gateway.
    CAP_GROUP: randomUUID(),
    ACTIVITY_GRPC: address,
    CARD_COLLECTION_GRPC: address,
    INVENTORY_GRPC: address,
    ORDER_GRPC: address,
    PRIZE_PAYOUT_GRPC: address,
    JWT_SECRET,
    TOKEN_SECRET,
    POLICY_PUBLIC_KEYS: POLICY_KEYS.publicKey,
    ...PATIENCE,
    ...overrides,
  });
  const app = await createService({ module: GatewayModule.register(config), config, configure: serveOpenApi });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const redis = app.get<RedisClient>(GATEWAY_REDIS);
  if (!('nodes' in redis)) redis.options.commandTimeout = REDIS_PATIENCE_MS;
  // Who has just come has no share until Redis has answered once.
  await until('it has a share of the caps', () => app.get(PlatformCaps).take(randomUUID(), ENOUGH_PER_SECOND));
  const instances = app.get(InventoryInstances);
  if (overrides['INVENTORY_GRPC'] === undefined) await until('inventory is reached', () => instances.up);
  const close = async () => {
    await app.close();
    await rm(config.STATE_DIR, { recursive: true, force: true, maxRetries: 5 });
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
