import { type PlanOutage } from './plan-outage';
import { type Reissues } from './reissue-watch';
import { type TierSeen } from './tier-watch';

/** Something that the demo promises of tier 1, and whether what it saw contradicts it. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** What tier 1 may be early or late, in milliseconds. */
export const TIER_SKEW_MS_MAX = 50;

export interface Checked {
  readonly tiers: readonly TierSeen[];
  readonly reissues: Reissues;
  /** The plan's snapshot that every process is to follow at the least. */
  readonly versionMin: number;
  readonly outage: PlanOutage | null;
}

export function checksOf({ tiers, reissues, versionMin, outage }: Checked): Check[] {
  return [
    tierOnTime(tiers),
    samePlan(tiers, versionMin),
    ...(outage === null ? [] : [fromDisk(tiers)]),
    {
      name: 'no-reissue-in-tier-1',
      ok: reissues.readUntil !== null && reissues.inTier1 === 0,
      detail: `${reissues.inTier1} attempts while up to ${reissues.waitingInTier1} refused payouts waited, by the channel's record`,
    },
  ];
}

/**
 * A question takes its time on a busy machine, so a late sighting alone proves nothing. What does: a process that is still below tier 1 when it is asked
 * later than that, or in it before; and one that is never seen in it.
 */
function tierOnTime(tiers: readonly TierSeen[]): Check {
  const wrong = tiers.filter(
    ({ lateMs, lastBelowMs }) => lateMs === null || lateMs < -TIER_SKEW_MS_MAX || (lastBelowMs ?? 0) > TIER_SKEW_MS_MAX,
  );
  const inTime = tiers.filter(({ lateMs }) => lateMs !== null && lateMs <= TIER_SKEW_MS_MAX);
  const seenLater = tiers.filter((one) => !inTime.includes(one)).map((one) => `${one.instance} (${lateness(one)})`);
  const later = seenLater.length === 0 ? '' : `; asked or answered later: ${seenLater.join(', ')}`;
  const clocks = Math.max(0, ...tiers.map(({ clockOffMsMax }) => clockOffMsMax ?? 0));
  return {
    name: 'tier-1-on-time',
    ok: tiers.length > 0 && wrong.length === 0,
    detail:
      wrong.length === 0
        ? `${inTime.length} of ${tiers.length} processes seen in it within ${TIER_SKEW_MS_MAX} ms of its time, none below it after that, their clocks ${clocks} ms off at the most${later}`
        : `wrong by more than ${TIER_SKEW_MS_MAX} ms: ${wrong.map((one) => `${one.instance} (${lateness(one)})`).join(', ')}`,
  };
}

function lateness({ lateMs, lastBelowMs }: TierSeen): string {
  const below = lastBelowMs === null ? '' : `, below it at ${lastBelowMs} ms`;
  return lateMs === null ? `never seen in it${below}` : `seen in it at ${lateMs} ms${below}`;
}

function samePlan(tiers: readonly TierSeen[], versionMin: number): Check {
  const older = tiers.filter(({ version }) => version < versionMin);
  return {
    name: 'everyone-follows-the-plan',
    ok: tiers.length > 0 && older.length === 0,
    detail:
      older.length === 0
        ? `version ${versionMin} or a newer one in each process`
        : `older than version ${versionMin}: ${older.map(({ instance, version }) => `${instance} ${version}`).join(', ')}`,
  };
}

function fromDisk(tiers: readonly TierSeen[]): Check {
  const gateway = tiers.find(({ service }) => service === 'gateway');
  return {
    name: 'restarted-gateway-goes-by-its-disk',
    ok: gateway?.source === 'disk' && gateway.tier === 1,
    detail: `tier ${gateway?.tier ?? '?'} by a plan from ${gateway?.source ?? 'nowhere'}`,
  };
}
