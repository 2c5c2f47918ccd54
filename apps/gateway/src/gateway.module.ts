import { KitModule, PlanFollowerModule } from '@floodgate/nest-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { Gate } from './admission/gate';
import { StockLevels } from './admission/stock-levels';
import { CampaignCache } from './campaign-cache';
import { type Config, CONFIG } from './config';
import { GrabAdmission } from './grab/grab-admission';
import { EarlyRefusal } from './grab/early-refusal';
import { GrabCounts } from './grab/grab-counts';
import { GrabRoute } from './grab/grab-route';
import { InventoryInstances } from './grab/inventory-instances';
import { RawAnswers } from './grab/raw-answer';
import { AdminController } from './http/admin.controller';
import { CardsController } from './http/cards.controller';
import { coldRouteLimits } from './http/cold-routes';
import { DevTokensController } from './http/dev-tokens.controller';
import { DtoPipe } from './http/dto.pipe';
import { PacketsController } from './http/packets.controller';
import { PolicyHeader } from './http/policy-header';
import { PolicyController } from './http/policy.controller';
import { SettlementController } from './http/settlement.controller';
import { VenueController } from './http/venue.controller';
import { PoolCounts } from './pool-counts';
import { Services } from './services';
import { SyncedClock } from './synced-clock';

@Module({})
export class GatewayModule {
  static register(config: Config): DynamicModule {
    const { LOG_LEVEL, INSTANCE_ID, CLOCK_SYNC_EVERY_MS } = config;
    return {
      module: GatewayModule,
      imports: [
        // Redis is the plan follower's and the stock levels', which work without it: it is no part of being ready.
        KitModule.forRoot({
          name: 'gateway',
          config: { LOG_LEVEL, INSTANCE_ID, CLOCK_SYNC_EVERY_MS },
          clock: new SyncedClock(),
        }),
        PlanFollowerModule.forRoot({ app: 'gateway', config }),
        ThrottlerModule.forRoot(coldRouteLimits(config)),
      ],
      controllers: [
        AdminController,
        VenueController,
        CardsController,
        SettlementController,
        PacketsController,
        PolicyController,
        ...(config.PROFILE === 'development' ? [DevTokensController] : []),
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: APP_PIPE, useClass: DtoPipe },
        Services,
        CampaignCache,
        PoolCounts,
        StockLevels,
        Gate,
        InventoryInstances,
        GrabAdmission,
        GrabCounts,
        RawAnswers,
        GrabRoute,
        EarlyRefusal,
        PolicyHeader,
      ],
    };
  }
}
