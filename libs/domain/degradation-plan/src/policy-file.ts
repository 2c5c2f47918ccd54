import { canonicalJson } from './canonical-json';
import { type PlanTimeline } from './effective-policy';
import { type PlanSnapshot } from './plan-snapshot';
import { policySchedule, type ScheduledPolicy } from './policy-schedule';

/**
 * `policy/<campaignId>.json`: what a campaign's clients obey when no gateway answers, as JSON. Both texts are signed, each for its own purpose
 * (signable-text.ts), so whoever serves the file can change nothing in it.
 */
export interface PolicyFile {
  /** That of the schedule, for whoever compares files without opening them. Believe the signed one. */
  readonly serial: number;
  /** The snapshot in force, as followers get it. */
  readonly snapshot: string;
  readonly signature: string;
  /** A PolicyFileSchedule, signed as `policy-file.v1`. */
  readonly schedule: string;
  readonly scheduleSignature: string;
}

export const POLICY_FILE_FORMAT = 1;

/** What the policy will be, for those who cannot evaluate a plan. */
export interface PolicyFileSchedule {
  readonly format: typeof POLICY_FILE_FORMAT;
  /** Rises with each file; never take one below the highest seen. */
  readonly serial: number;
  readonly campaignId: string;
  readonly t0Ms: number;
  /** Version of the snapshot beside it. */
  readonly version: number;
  readonly writtenAtMs: number;
  /** The schedule ends here; its last policy is the best there is afterwards. */
  readonly untilMs: number;
  readonly policies: readonly ScheduledPolicy[];
}

/** `policy/index.json`, signed as `policy-file.v1`: which campaigns have a file. */
export interface PolicyIndex {
  readonly format: typeof POLICY_FILE_FORMAT;
  readonly serial: number;
  readonly writtenAtMs: number;
  readonly campaigns: readonly { readonly campaignId: string; readonly t0Ms: number; readonly file: string }[];
}

const HOUR_MS = 3_600_000;

/** The text to sign: the policies from `nowMs` until an hour after T0, or after now when T0 is past. */
export function policyFileSchedule(
  { plan, tiers, version }: PlanSnapshot,
  timeline: PlanTimeline,
  serial: number,
  nowMs: number,
): string {
  const untilMs = Math.max(timeline.t0Ms, nowMs) + HOUR_MS;
  const schedule: PolicyFileSchedule = {
    format: POLICY_FILE_FORMAT,
    serial,
    campaignId: timeline.campaignId,
    t0Ms: timeline.t0Ms,
    version,
    writtenAtMs: nowMs,
    untilMs,
    policies: policySchedule(plan, timeline, { fromMs: nowMs, untilMs }, tiers),
  };
  return canonicalJson(schedule);
}

/** The text to sign. */
export function policyIndex(timelines: readonly PlanTimeline[], serial: number, nowMs: number): string {
  const index: PolicyIndex = {
    format: POLICY_FILE_FORMAT,
    serial,
    writtenAtMs: nowMs,
    campaigns: timelines.map(({ campaignId, t0Ms }) => ({ campaignId, t0Ms, file: policyFileName(campaignId) })),
  };
  return canonicalJson(index);
}

export const POLICY_INDEX_NAME = 'policy/index.json';

export function policyFileName(campaignId: string): string {
  // A campaign called "index" would overwrite the index; no id holds a dot.
  return `policy/${campaignId === 'index' ? 'campaign.index' : campaignId}.json`;
}
