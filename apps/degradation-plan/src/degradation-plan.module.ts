import { join } from 'node:path';
import { type Clock, type IdSource } from '@floodgate/kernel';
import {
  CLOCK,
  DATA_SOURCE,
  type DryRunKeys,
  Identities,
  IDS,
  KitModule,
  Lifecycle,
  LOG,
  Metrics,
  type PlanKeys,
  REDIS,
  Revocations,
  startIdentities,
} from '@floodgate/nest-kit';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { type Redis } from 'ioredis';
import { type Logger } from 'pino';
import { type DataSource } from 'typeorm';
import { LocalPolicyFiles } from './adapters/local-policy-files';
import { MysqlAcknowledgements } from './adapters/mysql-acknowledgements';
import { MysqlAuditLog } from './adapters/mysql-audit-log';
import { MysqlCampaigns } from './adapters/mysql-campaigns';
import { MysqlPlanStore } from './adapters/mysql-plan-store';
import { RedisDryRuns } from './adapters/redis-dry-runs';
import { RedisPlanChannel } from './adapters/redis-plan-channel';
import { type PlanConfig } from './config';
import { CampaignPublishedConsumer } from './consumers/campaign-published.consumer';
import { DegradationPlanController } from './grpc/degradation-plan.controller';
import { BreakGlassController } from './http/break-glass.controller';
import { CampaignsController } from './http/campaigns.controller';
import { DryRunsController } from './http/dry-runs.controller';
import { OperatorGuard } from './http/operator.guard';
import { PlansController } from './http/plans.controller';
import { RecordsController } from './http/records.controller';
import { TiersController } from './http/tiers.controller';
import { PlanDistribution } from './plan-distribution';
import { PolicyFiles } from './policy-files';
import { PLAN_STREAMS, type PlanStreams, STREAMS } from './streams';
import { POLICY_SIGNING_KEY } from './tokens';

/** Names of its own on shared servers, for tests. */
export interface OwnNames {
  readonly keys?: PlanKeys;
  readonly dryRunKeys?: DryRunKeys;
  readonly streams?: PlanStreams;
}

@Module({})
export class DegradationPlanModule {
  static register(config: PlanConfig, own: OwnNames = {}): DynamicModule {
    return {
      module: DegradationPlanModule,
      imports: [
        KitModule.forRoot({ name: 'degradation-plan', config, outbox: true }),
        ThrottlerModule.forRoot([{ ttl: 60_000, limit: config.ADMIN_LIMIT_PER_MINUTE }]),
      ],
      controllers: [
        PlansController,
        BreakGlassController,
        DryRunsController,
        TiersController,
        CampaignsController,
        RecordsController,
        DegradationPlanController,
      ],
      providers: [
        { provide: POLICY_SIGNING_KEY, useValue: config.POLICY_SIGNING_KEY },
        { provide: STREAMS, useValue: own.streams ?? PLAN_STREAMS },
        ...identities(config),
        OperatorGuard,
        ...databaseAdapters,
        ...redisAdapters(config, own),
        policyFiles(config),
        distribution(config),
        CampaignPublishedConsumer,
      ],
    };
  }
}

const databaseAdapters: Provider[] = [
  {
    provide: MysqlPlanStore,
    inject: [DATA_SOURCE, IDS, RedisPlanChannel, LOG],
    useFactory: (dataSource: DataSource, ids: IdSource, channel: RedisPlanChannel, log: Logger) =>
      new MysqlPlanStore(dataSource, ids, async () => {
        try {
          return await channel.followedVersions();
        } catch (err) {
          // Nobody can be asked now, nor be told: the push compares with what Redis holds by then.
          log.warn({ err }, 'the next version rises above what MySQL knows of');
          return [];
        }
      }),
  },
  {
    provide: MysqlAcknowledgements,
    inject: [DATA_SOURCE],
    useFactory: (dataSource: DataSource) => new MysqlAcknowledgements(dataSource),
  },
  {
    provide: MysqlAuditLog,
    inject: [DATA_SOURCE],
    useFactory: (dataSource: DataSource) => new MysqlAuditLog(dataSource),
  },
  {
    provide: MysqlCampaigns,
    inject: [DATA_SOURCE],
    useFactory: (dataSource: DataSource) => new MysqlCampaigns(dataSource),
  },
];

function redisAdapters(config: PlanConfig, { keys, dryRunKeys }: OwnNames): Provider[] {
  return [
    {
      provide: RedisPlanChannel,
      inject: [REDIS],
      useFactory: (redis: Redis) => new RedisPlanChannel(redis, config, keys),
    },
    {
      provide: RedisDryRuns,
      inject: [REDIS],
      useFactory: (redis: Redis) => new RedisDryRuns(redis, dryRunKeys),
    },
  ];
}

/** The same port as the gateway's, so that a login, and whom it revokes, count in both. */
function identities(config: PlanConfig): Provider[] {
  return [
    {
      provide: Revocations,
      inject: [REDIS, CLOCK, LOG, Lifecycle],
      useFactory: (redis: Redis, clock: Clock, log: Logger, lifecycle: Lifecycle): Revocations => {
        const { REVOCATION_GROUP: group, REVOCATION_POLL_EVERY_MS: pollEveryMs } = config;
        const made = new Revocations({ redis, group, clock, log, pollEveryMs });
        made.start();
        lifecycle.onStop(() => made.stop());
        return made;
      },
    },
    {
      provide: Identities,
      inject: [Revocations, LOG, Lifecycle, Metrics],
      useFactory: (revocations: Revocations, log: Logger, lifecycle: Lifecycle, metrics: Metrics) =>
        startIdentities(config, { revocations, log, lifecycle, metrics }),
    },
  ];
}

function policyFiles(config: PlanConfig): Provider {
  return {
    provide: PolicyFiles,
    inject: [MysqlPlanStore, MysqlCampaigns, CLOCK, LOG, Lifecycle],
    useFactory: (store: MysqlPlanStore, campaigns: MysqlCampaigns, clock: Clock, log: Logger, lifecycle: Lifecycle) => {
      const made = new PolicyFiles({
        store,
        campaigns,
        files: new LocalPolicyFiles(config.POLICY_FILE_DIR ?? join(config.STATE_DIR, 'public')),
        signingKey: config.POLICY_SIGNING_KEY,
        clock,
        log,
        lookEveryMs: config.PLAN_PUSH_EVERY_MS,
        writeEveryMs: config.POLICY_FILE_EVERY_MS,
      });
      made.start();
      lifecycle.onStop(() => made.stop());
      return made;
    },
  };
}

function distribution(config: PlanConfig): Provider {
  return {
    provide: PlanDistribution,
    inject: [MysqlPlanStore, RedisPlanChannel, MysqlAcknowledgements, PolicyFiles, CLOCK, LOG, Lifecycle],
    useFactory: (
      store: MysqlPlanStore,
      channel: RedisPlanChannel,
      acknowledgements: MysqlAcknowledgements,
      files: PolicyFiles,
      clock: Clock,
      log: Logger,
      lifecycle: Lifecycle,
    ) => {
      const everyMs = config.PLAN_PUSH_EVERY_MS;
      const keepMs = config.ACKNOWLEDGEMENT_KEEP_MS;
      const made = new PlanDistribution({ store, channel, files, acknowledgements, clock, log, everyMs, keepMs });
      made.start();
      lifecycle.onStop(() => made.stop());
      return made;
    },
  };
}
