import { effectivePolicy, type EffectivePolicy, type PlanTimeline } from './effective-policy';
import { type ManualTier } from './manual-tier';
import { type Plan } from './plan';

export interface ScheduledPolicy {
  /** Holds from here until the next one begins. */
  readonly fromMs: number;
  readonly policy: EffectivePolicy;
}

/**
 * What effectivePolicy will say from `fromMs` until `untilMs`, spelled out for those who cannot ask it: an edge that runs no TypeScript, a client without a
 * server. In order of time, the first from `fromMs` on; at most two ramps' steps a tier.
 */
export function policySchedule(
  plan: Plan,
  timeline: PlanTimeline,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
  manual: readonly ManualTier[],
): readonly ScheduledPolicy[] {
  const schedule: ScheduledPolicy[] = [];
  for (let atMs = fromMs; atMs < untilMs;) {
    const policy = effectivePolicy(plan, timeline, atMs, manual);
    schedule.push({ fromMs: atMs, policy });
    atMs = policy.stableUntilMs;
  }
  return schedule;
}

/** The policy of a schedule that holds at `nowMs`; undefined before its first. */
export function scheduledAt(schedule: readonly ScheduledPolicy[], nowMs: number): EffectivePolicy | undefined {
  return schedule.findLast(({ fromMs }) => fromMs <= nowMs)?.policy;
}
