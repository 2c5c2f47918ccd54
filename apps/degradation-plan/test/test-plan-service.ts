import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedis } from '@floodgate/adapters/redis';
import { degradationPlanV1 } from '@floodgate/contracts';
import { createService, parseConfig, PlanFollower, planKeys, signJwt } from '@floodgate/nest-kit';
import { createTestDatabase, MemoryLog, SERVERS } from '@floodgate/testing';
import { configSchema } from '../src/config';
import { DegradationPlanModule } from '../src/degradation-plan.module';
import { serveDocumentation } from '../src/http/documentation';
import { migrations } from '../src/migrations';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export type TestPlanService = Awaited<ReturnType<typeof startPlanService>>;

/** The whole service in this process, on a database and Redis keys of its own. */
export async function startPlanService(environment: Record<string, string> = {}) {
  const database = await createTestDatabase(migrations);
  const directory = await mkdtemp(join(tmpdir(), 'floodgate-plan-'));
  const keys = planKeys(`test:${randomUUID()}`);
  const redis = createRedis(SERVERS.redisUrl);
  await redis.connect();
  const config = parseConfig(configSchema, {
    ...SERVERS.appEnv['degradation-plan'],
    MYSQL_URL: database.url,
    GRPC_PORT: String(await freePort()),
    LOG_LEVEL: 'silent',
    PLAN_PUSH_EVERY_MS: '50',
    ...environment,
  });
  const app = await createService({
    module: DegradationPlanModule.register(config, keys),
    config,
    grpc: {
      port: config.GRPC_PORT,
      host: '127.0.0.1',
      services: {
        'floodgate.degradationplan.v1.DegradationPlanService': degradationPlanV1.DegradationPlanServiceService,
      },
    },
    configure: serveDocumentation,
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const followers: PlanFollower[] = [];

  return {
    config,
    keys,
    redis,
    sql: database.dataSource,
    /** One HTTP request, signed in as this operator where one is named. */
    async ask(method: 'GET' | 'POST' | 'DELETE', url: string, operatorId?: string, body?: object): Promise<Answer> {
      const token =
        operatorId && signJwt({ userId: operatorId, roles: ['operator'], ttlMs: 60_000 }, config.JWT_SECRET);
      const response = await app.inject({
        method,
        url,
        ...(token && { headers: { authorization: `Bearer ${token}` } }),
        ...(body && { payload: body }),
      });
      return { status: response.statusCode, body: JSON.parse(response.body) as Answer['body'] };
    },
    inject: app.inject.bind(app),
    async follow(instanceId: string): Promise<PlanFollower> {
      const follower = new PlanFollower({
        app: 'test',
        instanceId,
        redisUrl: SERVERS.redisUrl,
        policySecret: config.POLICY_SECRET,
        stateDir: join(directory, instanceId),
        pollEveryMs: 200,
        clock: { nowMs: () => Date.now() },
        log: new MemoryLog(),
        keys,
      });
      followers.push(follower);
      await follower.start();
      return follower;
    },
    async stop(): Promise<void> {
      await Promise.all(followers.map((follower) => follower.stop()));
      await app.close();
      await redis.del(keys.current, keys.acks);
      redis.disconnect();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
