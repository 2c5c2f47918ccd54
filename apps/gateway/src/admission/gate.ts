import { type EffectivePolicy, type PlanSnapshot, type PlanTimeline } from '@floodgate/domain/degradation-plan';
import { type Clock } from '@floodgate/kernel';
import { CLOCK, PlanFollower, type Refusal } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';

/** What a client is told of the plan, so that it evaluates it by itself. */
export interface ToldPolicy {
  readonly policyVersion: number;
  readonly nowMs: number;
  /** What holds now for the campaign. */
  readonly policy: EffectivePolicy;
  readonly snapshot: PlanSnapshot;
}

/** The plan in force, and the time it is judged by. */
@Injectable()
export class Gate {
  constructor(
    private readonly follower: PlanFollower,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  policyFor(campaign: PlanTimeline): EffectivePolicy {
    return this.follower.policyFor(campaign);
  }

  told(campaign: PlanTimeline): ToldPolicy {
    // First, for it may come upon a newer snapshot.
    const policy = this.policyFor(campaign);
    const { snapshot } = this.follower;
    return { policyVersion: snapshot.version, nowMs: this.nowMs(), policy, snapshot };
  }

  /** Database time. */
  nowMs(): number {
    return this.clock.nowMs();
  }
}

export function refusal(outcome: Refusal['outcome'], pollAfterMs?: number, detail = ''): Refusal {
  return { outcome, message: detail, field: undefined, pollAfterMs };
}
