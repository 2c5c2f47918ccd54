import { type Tier } from '@floodgate/domain/degradation-plan';

/** When what a drill loads the platform with begins to come, by database time. */
export interface Moment {
  /** The plan is put into force. */
  readonly nowMs: number;
  readonly comesAtMs: number;
  /** Of the drill's campaign. */
  readonly t0Ms: number;
}

/** ttlMs left out: for as long as the plan says. */
export interface TierByHand {
  readonly tier: Tier;
  readonly ttlMs?: (moment: Moment) => number;
}
