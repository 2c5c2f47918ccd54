import {
  type CappedApi,
  dropEndsAtMs,
  type EffectivePolicy,
  isShed,
  type Priority,
} from '@floodgate/domain/degradation-plan';
import { type Clock, OutcomeError } from '@floodgate/kernel';
import { CLOCK, PlanFollower, type Refusal } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { type Campaign } from '../campaign-cache';
import { type Config, CONFIG } from '../config';
import { RateCap } from './rate-cap';

/** What the plan in force does to requests: dropping a stable share of people, and capping how many get through a second. */
@Injectable()
export class Gate {
  private readonly caps = new Map<string, RateCap>();

  constructor(
    private readonly follower: PlanFollower,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  policyFor(campaign: Campaign): EffectivePolicy {
    return this.follower.policyFor({ campaignId: campaign.view.campaignId, t0Ms: campaign.t0Ms });
  }

  /** The plan's drop: the refusal when this person is among those shed in the current window. */
  drop(campaign: Campaign, priority: Priority, userId: string): Refusal | undefined {
    const { serverDrop } = this.policyFor(campaign);
    const nowMs = this.clock.nowMs();
    if (!isShed(serverDrop, priority, userId, nowMs)) return undefined;
    return refusal('DROPPED_BY_PLAN', dropEndsAtMs(serverDrop, nowMs) - nowMs);
  }

  /**
   * The plan's cap for an API, of which this instance takes an even share: the refusal when it is used up. Each campaign has
   * its own, so that a crowded one takes nothing from another.
   */
  cap(campaign: Campaign, api: CappedApi): Refusal | undefined {
    const platformCap = this.policyFor(campaign).caps[api];
    if (platformCap === null) return undefined;
    const perSecond = platformCap / this.config.INSTANCE_COUNT;
    const cap = this.capOf(`${campaign.view.campaignId}/${api}`);
    return cap.take(perSecond, performance.now()) ? undefined : refusal('WAIT', cap.pollAfterMs(perSecond));
  }

  private capOf(key: string): RateCap {
    const known = this.caps.get(key);
    if (known) return known;
    const made = new RateCap();
    this.caps.set(key, made);
    return made;
  }
}

export function refusal(outcome: Refusal['outcome'], pollAfterMs?: number, detail = ''): Refusal {
  return { outcome, message: detail, field: undefined, pollAfterMs };
}

/** Throws the refusal, if there is one. */
export function unlessRefused(refused: Refusal | undefined): void {
  if (!refused) return;
  const { outcome, message, field, pollAfterMs } = refused;
  throw new OutcomeError(outcome, message, {
    ...(field !== undefined && { field }),
    ...(pollAfterMs !== undefined && { pollAfterMs }),
  });
}
