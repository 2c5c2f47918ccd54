import { type DynamicModule, Global, Module } from '@nestjs/common';
import { type Logger } from 'pino';
import { durationMs } from './config';
import { Health } from './health';
import { Lifecycle } from './lifecycle';
import { Metrics } from './metrics';
import { PlanFollower } from './plan-follower';
import { PlanStateController } from './plan-state.controller';
import { publicKeys } from './policy-keys';
import { showPlan } from './shown-plan';
import { type SyncedClock } from './synced-clock';
import { CLOCK, INSTANCE_ID, LOG } from './tokens';

/** What following the plan is configured with, besides serviceShape and redisShape. */
export const planShape = {
  /** Public keys that plan snapshots are verified with, comma-separated: one, and while it is changed the old and the new one. */
  POLICY_PUBLIC_KEYS: publicKeys,
  /** How often a newer plan is looked for, should a push be lost. */
  PLAN_POLL_EVERY_MS: durationMs.default(5_000),
} as const;

export interface PlanFollowerModuleOptions {
  readonly app: string;
  readonly config: {
    readonly REDIS_URL: string;
    readonly POLICY_PUBLIC_KEYS: readonly string[];
    readonly STATE_DIR: string;
    readonly PLAN_POLL_EVERY_MS: number;
  };
}

/** Provides a started PlanFollower everywhere, and shows at /health/plan what it follows. Needs KitModule. */
@Global()
@Module({})
export class PlanFollowerModule {
  static forRoot({ app, config }: PlanFollowerModuleOptions): DynamicModule {
    return {
      module: PlanFollowerModule,
      controllers: [PlanStateController],
      providers: [
        {
          provide: PlanFollower,
          inject: [INSTANCE_ID, CLOCK, LOG, Lifecycle, Health, Metrics],
          useFactory: async (
            instanceId: string,
            clock: SyncedClock,
            log: Logger,
            lifecycle: Lifecycle,
            health: Health,
            metrics: Metrics,
          ) => {
            const refused = metrics.counter('plan_snapshots_refused_total', 'Plan snapshots not taken', ['reason']);
            const follower = new PlanFollower({
              app,
              instanceId,
              clock,
              syncedClock: clock,
              log,
              redisUrl: config.REDIS_URL,
              publicKeys: config.POLICY_PUBLIC_KEYS,
              stateDir: config.STATE_DIR,
              pollEveryMs: config.PLAN_POLL_EVERY_MS,
              onRefused: (reason) => refused.inc({ reason }),
            });
            showPlan(follower, config.PLAN_POLL_EVERY_MS, health, metrics);
            await follower.start();
            lifecycle.onClose(() => follower.stop());
            return follower;
          },
        },
      ],
      exports: [PlanFollower],
    };
  }
}
