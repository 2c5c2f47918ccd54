import { admissionQueue, AdmissionQueue, KitModule, Metrics, PlanFollowerModule } from '@floodgate/nest-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { ACCESS_CONTROLLERS, ACCESS_PROVIDERS, ACCESS_STEPS } from './access';
import { dryRunFollower, DryRunStep } from './admission/dry-run-step';
import { Gate } from './admission/gate';
import { LetInPasses } from './admission/let-in';
import { CursorText } from './admission/overload';
import { RouteAndSize, SignedInStep, SoldOut, Window } from './admission/own-steps';
import { ADMISSION_STEPS, type GatewayStep, PhaseOne } from './admission/phase-one';
import { PlanDrop } from './admission/plan-drop';
import { RefusalCounts } from './admission/refusal-counts';
import { RouteAdmission } from './admission/route-admission';
import { StockLevels } from './admission/stock-levels';
import { TooHot } from './admission/too-hot';
import { CampaignCache } from './campaign-cache';
import { type Config, CONFIG } from './config';
import { EVENT_PROVIDERS } from './events/event-parts';
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
import { PolicyRider } from './http/policy-rider';
import { PolicyController } from './http/policy.controller';
import { SettlementController } from './http/settlement.controller';
import { VenueController } from './http/venue.controller';
import { PoolCounts } from './pool-counts';
import { RoomPass, withRoom } from './room/room-pass';
import { ROOM_CONTROLLERS, ROOM_PROVIDERS } from './room/room-parts';
import { Services } from './services';

@Module({})
export class GatewayModule {
  static register(config: Config): DynamicModule {
    // Redis is the plan follower's and the stock levels', which work without it: it is no part of being ready.
    const { REDIS_URL: _ofThePlan, ...kitConfig } = config;
    return {
      module: GatewayModule,
      imports: [
        KitModule.forRoot({
          name: 'gateway',
          config: kitConfig,
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
        ...ACCESS_CONTROLLERS,
        ...ROOM_CONTROLLERS,
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
        LetInPasses,
        SoldOut,
        TooHot,
        SignedInStep,
        PlanDrop,
        RouteAndSize,
        Window,
        ...ACCESS_PROVIDERS,
        ...ROOM_PROVIDERS,
        // Each refuses where REFUSAL_ORDER has its name, whatever the order here.
        {
          provide: ADMISSION_STEPS,
          inject: [RoomPass, RouteAndSize, Window, SoldOut, TooHot, SignedInStep, PlanDrop, ...ACCESS_STEPS],
          useFactory: (pass: RoomPass, ...steps: GatewayStep[]) => [pass, ...withRoom(steps, pass)],
        },
        dryRunFollower,
        DryRunStep,
        PhaseOne,
        {
          provide: AdmissionQueue,
          inject: [Metrics],
          useFactory: (metrics: Metrics) => admissionQueue(config, metrics),
        },
        { provide: CursorText, inject: [AdmissionQueue], useFactory: (queue: AdmissionQueue) => new CursorText(queue) },
        RefusalCounts,
        RouteAdmission,
        InventoryInstances,
        GrabAdmission,
        GrabCounts,
        PolicyRider,
        RawAnswers,
        GrabRoute,
        EarlyRefusal,
        ...EVENT_PROVIDERS,
        PolicyHeader,
      ],
    };
  }
}
