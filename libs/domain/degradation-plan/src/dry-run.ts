import { type Plan, type Tier } from './plan';

/** A plan that gateways evaluate beside the one in force, and only count. */
export interface DryRun {
  readonly dryRunId: string;
  readonly planNo: number;
  /** Of the plan as it was then. */
  readonly hash: string;
  readonly plan: Plan;
  readonly campaignId: string;
  /** As if it were set by hand for the whole run; 0 leaves it to the timeline. */
  readonly tier: Tier;
  readonly fromMs: number;
  readonly untilMs: number;
}
