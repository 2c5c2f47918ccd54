import { type Clock } from '@floodgate/kernel';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { type Logger } from 'pino';
import { durationMs, secret } from './config';
import { Lifecycle } from './lifecycle';
import { Metrics } from './metrics';
import { PlanFollower } from './plan-follower';
import { CLOCK, INSTANCE_ID, LOG } from './tokens';

/** What following the plan is configured with, besides serviceShape and redisShape. */
export const planShape = {
  /** Signs and verifies plan snapshots. */
  POLICY_SECRET: secret,
  /** How often a newer plan is looked for, should a push be lost. */
  PLAN_POLL_EVERY_MS: durationMs.default(5_000),
} as const;

export interface PlanFollowerModuleOptions {
  readonly app: string;
  readonly config: {
    readonly REDIS_URL: string;
    readonly POLICY_SECRET: string;
    readonly STATE_DIR: string;
    readonly PLAN_POLL_EVERY_MS: number;
  };
}

/** Provides a started PlanFollower everywhere. Needs KitModule. */
@Global()
@Module({})
export class PlanFollowerModule {
  static forRoot({ app, config }: PlanFollowerModuleOptions): DynamicModule {
    return {
      module: PlanFollowerModule,
      providers: [
        {
          provide: PlanFollower,
          inject: [INSTANCE_ID, CLOCK, LOG, Lifecycle, Metrics],
          useFactory: async (instanceId: string, clock: Clock, log: Logger, lifecycle: Lifecycle, metrics: Metrics) => {
            const version = metrics.gauge('plan_version', 'Version of the plan snapshot in force');
            const refused = metrics.counter('plan_snapshots_refused_total', 'Plan snapshots not taken', ['reason']);
            const follower = new PlanFollower({
              app,
              instanceId,
              clock,
              log,
              redisUrl: config.REDIS_URL,
              policySecret: config.POLICY_SECRET,
              stateDir: config.STATE_DIR,
              pollEveryMs: config.PLAN_POLL_EVERY_MS,
              onApplied: (snapshot) => version.set(snapshot.version),
              onRefused: (reason) => refused.inc({ reason }),
            });
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
