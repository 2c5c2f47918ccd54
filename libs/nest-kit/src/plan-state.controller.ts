import { effectivePolicy, type Tier } from '@floodgate/domain/degradation-plan';
import { isId } from '@floodgate/kernel';
import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { z } from 'zod';
import { PlanFollower } from './plan-follower';
import { type PlanSource } from './plan-follower-snapshot';
import { type SyncedClock, type TimeSource } from './synced-clock';
import { CLOCK, INSTANCE_ID } from './tokens';
import { validate } from './validate';

const stateQuery = z.strictObject({
  campaignId: z.string().refine(isId, 'is no id'),
  t0Ms: z.coerce.number().int().min(0),
});

/** The plan that a process follows, and what it makes of it for one campaign. */
export interface PlanState {
  readonly pid: number;
  readonly instanceId: string;
  readonly version: number;
  readonly hash: string;
  readonly source: PlanSource;
  readonly receivedAtMs: number;
  readonly appliedAtMs: number;
  /** By this process's clock, in milliseconds since 1970, and whose time that is. */
  readonly nowMs: number;
  readonly timeSource: TimeSource;
  /** What holds for the campaign at `nowMs`. */
  readonly tier: Tier;
}

/**
 * `GET /health/plan?campaignId=c&t0Ms=1800000000000`: which tier this process is in, whoever else is dead. The asker names the campaign's T0, since not every
 * service knows campaigns; what is asked for is evaluated and not remembered.
 */
@ApiExcludeController()
@Controller('health')
export class PlanStateController {
  constructor(
    private readonly follower: PlanFollower,
    @Inject(CLOCK) private readonly clock: SyncedClock,
    @Inject(INSTANCE_ID) private readonly instanceId: string,
  ) {}

  @Get('plan')
  @Header('cache-control', 'no-store')
  state(@Query() query: unknown): PlanState {
    const timeline = validate(stateQuery, query);
    const { snapshot, status } = this.follower;
    const { version, hash, plan, tiers } = snapshot;
    const { source, receivedAtMs, appliedAtMs } = status;
    const nowMs = this.clock.nowMs();
    return {
      pid: process.pid,
      instanceId: this.instanceId,
      version,
      hash,
      source,
      receivedAtMs,
      appliedAtMs,
      nowMs,
      timeSource: this.clock.source,
      tier: effectivePolicy(plan, timeline, nowMs, tiers).tier,
    };
  }
}
