import { effectivePolicy, type EffectivePolicy, type PlanTimeline } from './effective-policy';
import { type DryRun } from './dry-run';
import { isDrawn } from './lottery';
import { type Api, CAPPED_APIS, type CappedApi, type Priority } from './plan';
import { isShed } from './stable-drop';

/** What one instance has counted of one API. Plain JSON. */
export interface ApiCount {
  readonly priority: Priority;
  readonly requests: number;
  /** By the drops of server and client, and by the lottery. */
  readonly dropped: number;
  /** Second since 1970 -> those not dropped in it, and the platform's cap; of APIs that have one. */
  readonly passed: Readonly<Record<string, { readonly requests: number; readonly cap: number }>>;
}

export type ShadowCounts = Readonly<Partial<Record<Api, ApiCount>>>;

/** What somebody has been let in with before, and so need not be asked again. */
export interface LetIn {
  /** `entry`: past the drop of the plan. `grab`: past its lottery too. */
  readonly kind: 'entry' | 'grab';
  readonly sinceMs: number;
}

interface Tally {
  priority: Priority;
  requests: number;
  dropped: number;
  passed: Record<string, { requests: number; cap: number }>;
}

/** Counts what a policy would shed of the requests it is shown, and sheds nothing. */
export class ShadowCount {
  private readonly tallies = new Map<Api, Tally>();

  /** `fromMs`: when the policy is taken to have come into force. Who was let in before it is inside. */
  constructor(private readonly fromMs = -Infinity) {}

  /** `userId` undefined: nobody who is signed in, so nobody who is dropped. */
  count(policy: EffectivePolicy, api: Api, userId: string | undefined, nowMs: number, letIn?: LetIn): void {
    const priority = policy.priorities[api];
    let tally = this.tallies.get(api);
    if (tally === undefined) {
      tally = { priority, requests: 0, dropped: 0, passed: {} };
      this.tallies.set(api, tally);
    }
    tally.priority = priority;
    tally.requests += 1;
    if (userId !== undefined && this.isDropped(policy, api, userId, nowMs, letIn)) {
      tally.dropped += 1;
      return;
    }
    const cap = isCapped(api) ? policy.caps[api] : null;
    if (cap === null) return;
    const second = String(Math.floor(nowMs / 1_000));
    const passed = (tally.passed[second] ??= { requests: 0, cap });
    passed.requests += 1;
  }

  get counts(): ShadowCounts {
    return Object.fromEntries(this.tallies);
  }

  private isDropped(policy: EffectivePolicy, api: Api, userId: string, nowMs: number, letIn?: LetIn): boolean {
    // Clients drop their own requests, let in or not.
    if (isShed(policy.clientDrop, policy.priorities[api], userId, nowMs)) return true;
    const inside = letIn !== undefined && this.isInside(policy, userId, letIn) ? letIn.kind : undefined;
    if (inside === undefined && isShed(policy.serverDrop, policy.priorities[api], userId, nowMs)) return true;
    return api === 'grab' && inside !== 'grab' && !isDrawn(policy.lottery, userId, nowMs);
  }

  /** Whoever was let in since would not have been if the policy would have dropped them there. */
  private isInside(policy: EffectivePolicy, userId: string, { kind, sinceMs }: LetIn): boolean {
    return sinceMs < this.fromMs || !this.isDropped(policy, kind, userId, sinceMs);
  }
}

const isCapped = (api: Api): api is CappedApi => (CAPPED_APIS as readonly Api[]).includes(api);

/** The policy that a dry run pretends to. */
export function dryRunPolicy(
  { plan, tier, campaignId, fromMs, untilMs }: DryRun,
  timeline: PlanTimeline,
  nowMs: number,
): EffectivePolicy {
  return effectivePolicy(plan, timeline, nowMs, tier === 0 ? [] : [{ campaignId, tier, fromMs, untilMs }]);
}

/** What a dry run foretells for one API. */
export interface RouteForecast {
  readonly api: Api;
  readonly priority: Priority;
  readonly requests: number;
  readonly wouldBeShed: number;
  /** wouldBeShed / requests. */
  readonly share: number;
  readonly dropped: number;
  /** Told to wait, for more came in a second than the whole platform lets through. */
  readonly overCap: number;
}

/** Adds up what the instances counted. */
export function forecast(counts: readonly ShadowCounts[]): RouteForecast[] {
  const apis = [...new Set(counts.flatMap((one) => Object.keys(one) as Api[]))].sort();
  return apis.map((api) =>
    forecastOf(
      api,
      counts.flatMap((one) => one[api] ?? []),
    ),
  );
}

function forecastOf(api: Api, counts: readonly ApiCount[]): RouteForecast {
  const sum = (value: (count: ApiCount) => number) => counts.reduce((total, count) => total + value(count), 0);
  const seconds = new Map<string, { requests: number; cap: number }>();
  for (const { passed } of counts) {
    for (const [second, { requests, cap }] of Object.entries(passed)) {
      const before = seconds.get(second)?.requests ?? 0;
      seconds.set(second, { requests: before + requests, cap });
    }
  }
  const overCap = [...seconds.values()].reduce((total, one) => total + Math.max(0, one.requests - one.cap), 0);
  const requests = sum((count) => count.requests);
  const dropped = sum((count) => count.dropped);
  const wouldBeShed = dropped + overCap;
  const priority = counts[0]?.priority ?? 'browse';
  return { api, priority, requests, wouldBeShed, share: requests === 0 ? 0 : wouldBeShed / requests, dropped, overCap };
}
