import { type Clock, type IdSource } from '@floodgate/kernel';
import { CLOCK, DATA_SOURCE, IDS, KitModule, Lifecycle, LOG, type PlanKeys, REDIS } from '@floodgate/nest-kit';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { type Redis } from 'ioredis';
import { type Logger } from 'pino';
import { type DataSource } from 'typeorm';
import { MysqlAcknowledgements } from './adapters/mysql-acknowledgements';
import { MysqlAuditLog } from './adapters/mysql-audit-log';
import { MysqlPlanStore } from './adapters/mysql-plan-store';
import { RedisPlanChannel } from './adapters/redis-plan-channel';
import { type PlanConfig } from './config';
import { DegradationPlanController } from './grpc/degradation-plan.controller';
import { OperatorGuard } from './http/operator.guard';
import { PlansController } from './http/plans.controller';
import { RecordsController } from './http/records.controller';
import { TiersController } from './http/tiers.controller';
import { PlanDistribution } from './plan-distribution';
import { JWT_SECRET, POLICY_SECRET } from './tokens';

@Module({})
export class DegradationPlanModule {
  /** `keys` other than the default are for tests that share a Redis. */
  static register(config: PlanConfig, keys?: PlanKeys): DynamicModule {
    return {
      module: DegradationPlanModule,
      imports: [
        KitModule.forRoot({ name: 'degradation-plan', config, outbox: true }),
        ThrottlerModule.forRoot([{ ttl: 60_000, limit: config.ADMIN_LIMIT_PER_MINUTE }]),
      ],
      controllers: [PlansController, TiersController, RecordsController, DegradationPlanController],
      providers: [
        { provide: POLICY_SECRET, useValue: config.POLICY_SECRET },
        { provide: JWT_SECRET, useValue: config.JWT_SECRET },
        OperatorGuard,
        ...adapters(config, keys),
        distribution(config),
      ],
    };
  }
}

function adapters(config: PlanConfig, keys: PlanKeys | undefined): Provider[] {
  return [
    {
      provide: MysqlPlanStore,
      inject: [DATA_SOURCE, IDS],
      useFactory: (dataSource: DataSource, ids: IdSource) => new MysqlPlanStore(dataSource, ids),
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
      provide: RedisPlanChannel,
      inject: [REDIS],
      useFactory: (redis: Redis) => new RedisPlanChannel(redis, config.POLICY_SECRET, keys),
    },
  ];
}

function distribution(config: PlanConfig): Provider {
  return {
    provide: PlanDistribution,
    inject: [MysqlPlanStore, RedisPlanChannel, MysqlAcknowledgements, CLOCK, LOG, Lifecycle],
    useFactory: (
      store: MysqlPlanStore,
      channel: RedisPlanChannel,
      acknowledgements: MysqlAcknowledgements,
      clock: Clock,
      log: Logger,
      lifecycle: Lifecycle,
    ) => {
      const everyMs = config.PLAN_PUSH_EVERY_MS;
      const keepMs = config.ACKNOWLEDGEMENT_KEEP_MS;
      const made = new PlanDistribution({ store, channel, acknowledgements, clock, log, everyMs, keepMs });
      made.start();
      lifecycle.onStop(() => made.stop());
      return made;
    },
  };
}
