import { canonicalJson } from './canonical-json';
import { type ManualTier } from './manual-tier';
import { type Plan } from './plan';
import { REFERENCE_PLAN } from './reference-plan';

/** Followers refuse a format they do not know and keep what they have. */
export const SNAPSHOT_FORMAT = 2;

/** Everything a follower needs, as it is signed, pushed and kept on disk. */
export interface PlanSnapshot {
  readonly format: typeof SNAPSHOT_FORMAT;
  /** Rises with each published plan and each change of a manual tier; never goes back. */
  readonly version: number;
  /** SHA-256 of contentOf(snapshot), hexadecimal: the same version with another hash is an alarm. */
  readonly hash: string;
  readonly issuedAtMs: number;
  /** Which of the operator's plans this is. */
  readonly planNo: number;
  readonly plan: Plan;
  readonly tiers: readonly ManualTier[];
}

/** The text whose hash tells two snapshots of one version apart. */
export function contentOf({ planNo, plan, tiers }: Pick<PlanSnapshot, 'planNo' | 'plan' | 'tiers'>): string {
  return canonicalJson({ planNo, plan, tiers });
}

/** What holds in a process that has never heard of a plan: tier 1 comes on time all the same. */
export const BUILT_IN_SNAPSHOT: PlanSnapshot = {
  format: SNAPSHOT_FORMAT,
  version: 0,
  hash: '',
  issuedAtMs: 0,
  planNo: 0,
  plan: REFERENCE_PLAN,
  tiers: [],
};
