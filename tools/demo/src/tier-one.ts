import { effectivePolicy, type Plan } from '@floodgate/domain/degradation-plan';
import { type Stack } from '@floodgate/tools/stack';
import { type CapOvershoot, capOvershoot } from './cap-overshoot';
import { type Crowd } from './crowd';
import { keepAsking } from './keep-asking';
import { type Operators } from './prepare';
import { type StoreReader } from './readings';
import { type Reissues, watchReissues } from './reissue-watch';
import { type ReleaseCurve, releaseCurve } from './release-curve';
import { gatherAtMs, saleId, splitId, tier1Of } from './scene';
import { type TierSeen, watchTier1 } from './tier-watch';

/** What was seen of the card split's tier 1 while it lasted. */
export interface TierOneSeen {
  /** Database time at which the plan's timeline brings it. */
  readonly dueAt: string;
  readonly tiers: readonly TierSeen[];
  readonly reissues: Reissues;
  /** Whether the venue was answered in full before, and reduced in tier 1. */
  readonly page: { readonly reducedBefore: boolean | undefined; readonly reducedInTier1: boolean | undefined };
}

/** What the clients' sightings say of the release and the caps. */
export interface TierOneForPeople {
  readonly releaseCurve: ReleaseCurve;
  readonly capOvershoot: readonly CapOvershoot[];
}

export interface TierOneStage {
  readonly stack: Stack;
  readonly operators: Operators;
  readonly crowd: Crowd;
  readonly stores: StoreReader;
  readonly note: (line: string) => void;
}

/** Shorter than tier 1 lasts: what is answered later is another page. */
const PAGE_MS_MAX = 3_000;

/** Begins at once to watch for the split's tier 1. `came`: it has come, or not come in time, in each process. */
export function watchTierOne({ stack, operators, crowd, stores, note }: TierOneStage): {
  readonly came: Promise<readonly TierSeen[]>;
  readonly seen: Promise<TierOneSeen>;
} {
  const { scene, offsetMs } = crowd;
  const nowMs = () => Date.now() + offsetMs;
  const campaignId = splitId(scene);
  const { fromMs, untilMs } = tier1Of(scene);
  const isReduced = async () => {
    const venue = await keepAsking(() => operators.client.venue(campaignId), PAGE_MS_MAX);
    return venue.outcome === 'OK' ? venue.reduced : undefined;
  };
  const reducedBefore = isReduced();
  const came = watchTier1(stack, { campaignId, t0Ms: scene.splitAtMs, dueMs: gatherAtMs(scene) }, nowMs);
  const page = came.then(async (tiers) => {
    note(tierLine(tiers));
    return { reducedBefore: await reducedBefore, reducedInTier1: await isReduced() };
  });
  const reissues = watchReissues(stores, campaignId, { fromMs, untilMs, nowMs });
  const seen = Promise.all([came, reissues, page]).then(([tiers, reissued, pages]) => ({
    dueAt: new Date(fromMs).toISOString(),
    tiers,
    reissues: reissued,
    page: pages,
  }));
  return { came, seen };
}

/** For the screen: whom tier 1 came to, and what it changes for people. */
function tierLine(tiers: readonly TierSeen[]): string {
  const came = tiers.filter(({ at }) => at !== null);
  const sources = [...new Set(came.map(({ source }) => source))];
  const counts = sources.map((source) => `${came.filter((one) => one.source === source).length} from ${source}`);
  const latestMs = Math.max(0, ...came.map(({ lateMs }) => lateMs ?? 0));
  return `tier 1 came by itself to ${came.length} of ${tiers.length} processes within ${latestMs} ms (plan: ${counts.join(', ')}); people come in one by one, to a reduced page`;
}

/** Once everybody has left. */
export function forPeople({ scene, sightings }: Crowd, plan: Plan): TierOneForPeople {
  const atTier1 = effectivePolicy(
    plan,
    { campaignId: splitId(scene), t0Ms: scene.splitAtMs },
    tier1Of(scene).fromMs,
    [],
  );
  const perSecond = atTier1.caps.grab;
  const afterMs = plan.tier1.afterMs;
  const capped =
    perSecond === null
      ? []
      : [
          { campaignId: splitId(scene), perSecond, untilMs: scene.splitAtMs + afterMs },
          { campaignId: saleId(scene), perSecond, untilMs: scene.saleOpensAtMs + afterMs },
        ];
  return {
    releaseCurve: releaseCurve(sightings.letIn, atTier1),
    capOvershoot: capped.map((cap) => capOvershoot(sightings.grabs, cap)),
  };
}
