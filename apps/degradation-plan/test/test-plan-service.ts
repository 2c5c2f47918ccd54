import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventPublisher } from '@floodgate/adapters/kafka';
import { createRedis, type RedisClient } from '@floodgate/adapters/redis';
import { degradationPlanV1, TOPICS } from '@floodgate/contracts';
import {
  createService,
  dryRunKeys,
  parseConfig,
  PlanFollower,
  planKeys,
  REDIS,
  type Role,
  signJwt,
} from '@floodgate/nest-kit';
import { createTestDatabase, createTestTopic, freePort, MemoryLog, SERVERS } from '@floodgate/testing';
import { addCampaigns } from '../src/adapters/mysql-campaigns';
import { configSchema } from '../src/config';
import { DegradationPlanModule } from '../src/degradation-plan.module';
import { serveDocumentation } from '../src/http/documentation';
import { migrations } from '../src/migrations';

const REDIS_PATIENCE_MS = 30_000;
const KNOWN = Array.from({ length: 10 }, (_, no) => `c${no}`);

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export type TestPlanService = Awaited<ReturnType<typeof startPlanService>>;

/** The whole service in this process, on a database and Redis keys of its own. */
export async function startPlanService(environment: Record<string, string> = {}) {
  const database = await createTestDatabase(migrations);
  const directory = await mkdtemp(join(tmpdir(), 'floodgate-plan-'));
  const prefix = `test:${randomUUID()}`;
  const keys = planKeys(prefix);
  const dryRuns = dryRunKeys(`${prefix}:dry-run`);
  const [campaignPublished, replay] = await Promise.all([
    createTestTopic(TOPICS.campaignPublished.codec),
    createTestTopic(TOPICS.campaignPublished.codec),
  ]);
  const publisher = new EventPublisher(campaignPublished.kafka);
  await publisher.connect();
  const redis = createRedis(SERVERS.redisUrl, { commandTimeout: REDIS_PATIENCE_MS });
  await redis.connect();
  const config = parseConfig(configSchema, {
    ...SERVERS.appEnv['degradation-plan'],
    MYSQL_URL: database.url,
    GRPC_PORT: String(await freePort()),
    LOG_LEVEL: 'silent',
    PLAN_PUSH_EVERY_MS: '50',
    // Who waits for something on a busy machine may ask hundreds of times.
    ADMIN_LIMIT_PER_MINUTE: '1000000',
    STATE_DIR: join(directory, 'service'),
    POLICY_FILE_DIR: join(directory, 'files'),
    ...environment,
  });
  const app = await createService({
    module: DegradationPlanModule.register(config, {
      keys,
      dryRunKeys: dryRuns,
      streams: {
        topics: { campaignPublished: campaignPublished.topic },
        // Nothing here is set aside.
        deadLetterTopic: `${campaignPublished.topic.name}.dead-letter`,
        replayTopic: replay.topic.name,
        consumerPrefix: database.name,
      },
    }),
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
  // What is pushed once an hour has one chance: a machine that stands still must not take it.
  const own = app.get<RedisClient>(REDIS);
  if (!('nodes' in own)) own.options.commandTimeout = REDIS_PATIENCE_MS;
  await app.getHttpAdapter().getInstance().ready();
  const know = async (...campaignIds: string[]): Promise<void> => {
    // Settled long ago, so that no list shows them.
    const settled = campaignIds.map((campaignId) => ({ campaignId, t0Ms: 0, settleByMs: 0 }));
    await addCampaigns(database.dataSource, settled);
  };
  await know(...KNOWN);
  const followers: PlanFollower[] = [];
  /** One HTTP request, signed in as this operator where one is named. */
  const ask = async (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    operatorId?: string,
    body?: object,
    roles: readonly Role[] = ['operator'],
  ): Promise<Answer> => {
    const token = operatorId && signJwt({ userId: operatorId, roles, ttlMs: 60_000 }, config.JWT_SECRET);
    const response = await app.inject({
      method,
      url,
      ...(token && { headers: { authorization: `Bearer ${token}` } }),
      ...(body && { payload: body }),
    });
    return { status: response.statusCode, body: JSON.parse(response.body) as Answer['body'] };
  };

  return {
    config,
    keys,
    dryRuns,
    redis,
    /** Where policy files are written. */
    files: join(directory, 'files'),
    campaignPublished: campaignPublished.topic,
    publisher,
    sql: database.dataSource,
    ask,
    /** Has the service know of campaigns, whose tiers can be set. */
    know,
    /** Approves the plan as it is now. */
    async approve(planNo: number, operatorId: string): Promise<Answer> {
      const { hash, basePlanNo } = (await ask('GET', `/plans/${planNo}`, operatorId)).body;
      return ask('POST', `/plans/${planNo}/approve`, operatorId, { hash, basePlanNo });
    },
    inject: app.inject.bind(app),
    async follow(instanceId: string): Promise<PlanFollower> {
      const follower = new PlanFollower({
        app: 'test',
        instanceId,
        redisUrl: SERVERS.redisUrl,
        publicKeys: config.POLICY_PUBLIC_KEYS,
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
      await publisher.disconnect();
      await Promise.all([campaignPublished.drop(), replay.drop()]);
      await redis.del(keys.current, keys.acks, dryRuns.current);
      redis.disconnect();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
