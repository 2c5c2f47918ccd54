import { type Tier } from './plan';

/** A tier set by hand for one campaign. It ends by itself, and what was set before it ramps down beside it. */
export interface ManualTier {
  readonly campaignId: string;
  /** 0 sets the switch alone. */
  readonly tier: Tier;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Takes the place of the plan's share for browsing; the other priorities' shares scale with it. From 0 to 1. */
  readonly serverDropShare?: number;
  readonly clientDropShare?: number;
  /** Switches the ParticipateStatus call off whatever the plan says. */
  readonly participateStatus?: 'off';
}

/** Sets a campaign's manual tier from `nowMs` on: what held before ends now and ramps down. */
export function withTier(
  tiers: readonly ManualTier[],
  tier: ManualTier,
  nowMs: number,
  rampDownMs: number,
): ManualTier[] {
  return [...withoutTier(tiers, tier.campaignId, nowMs, rampDownMs), tier];
}

/** Ends a campaign's manual tier at `nowMs`; it still ramps down. Tiers that have ramped down are left out. */
export function withoutTier(
  tiers: readonly ManualTier[],
  campaignId: string,
  nowMs: number,
  rampDownMs: number,
): ManualTier[] {
  return tiers
    .filter((tier) => tier.untilMs + rampDownMs > nowMs)
    .map((tier) => (tier.campaignId === campaignId && tier.untilMs > nowMs ? { ...tier, untilMs: nowMs } : tier));
}

/** The manual tier in force for a campaign; undefined when there is none, or it is ramping down. */
export function manualTierOf(tiers: readonly ManualTier[], campaignId: string, nowMs: number): ManualTier | undefined {
  return tiers.find((tier) => tier.campaignId === campaignId && tier.fromMs <= nowMs && nowMs < tier.untilMs);
}
