import { type Clock, type IdSource } from '@floodgate/kernel';
import { CLOCK, DATA_SOURCE, IDS, KitModule, LOG, PlanFollower, PlanFollowerModule } from '@floodgate/nest-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { type Logger } from 'pino';
import { type DataSource } from 'typeorm';
import { channelProvider } from './adapters/channel.provider';
import { MysqlPayoutStore } from './adapters/mysql-payout-store';
import { FollowedPayoutPlan } from './adapters/followed-payout-plan';
import { type PrizePayoutConfig } from './config';
import { PrizePayoutController } from './grpc/prize-payout.controller';
import { PayoutConsumers } from './payout-consumers';
import { PayoutJobs } from './payout-jobs';
import { CONFIG, PLAN } from './tokens';

@Module({})
export class PrizePayoutModule {
  static register(config: PrizePayoutConfig): DynamicModule {
    // Redis serves the plan alone, and the plan does without it: it is no reason not to start or not to be ready.
    const { REDIS_URL: _ofThePlan, ...kitConfig } = config;
    return {
      module: PrizePayoutModule,
      imports: [
        KitModule.forRoot({ name: 'prize-payout', config: kitConfig, outbox: true }),
        PlanFollowerModule.forRoot({ app: 'prize-payout', config }),
      ],
      controllers: [PrizePayoutController],
      providers: [
        { provide: CONFIG, useValue: config },
        {
          provide: MysqlPayoutStore,
          inject: [DATA_SOURCE, CLOCK, IDS],
          useFactory: (dataSource: DataSource, clock: Clock, ids: IdSource) =>
            new MysqlPayoutStore(dataSource, { clock, ids, ledgerSchema: config.LEDGER_SCHEMA }),
        },
        {
          provide: PLAN,
          inject: [PlanFollower, DATA_SOURCE, CLOCK, LOG],
          useFactory: (plan: PlanFollower, dataSource: DataSource, clock: Clock, log: Logger) =>
            new FollowedPayoutPlan(plan, dataSource, clock, log),
        },
        channelProvider,
        PayoutConsumers,
        PayoutJobs,
      ],
    };
  }
}
