import { type Clock } from '@floodgate/kernel';
import { type ManualTier, manualTierOf, withoutTier, withTier } from './manual-tier';
import { putNext } from './next-snapshot';
import { type PlanFault } from './plan-fault';
import { type PlanSnapshot } from './plan-snapshot';
import { type HashText, type PlanStore } from './ports';

export interface SetTierRequest extends Omit<ManualTier, 'fromMs' | 'untilMs'> {
  readonly operatorId: string;
  /** How long it lasts; the plan's manualTtlMs when left out. */
  readonly ttlMs?: number | undefined;
}

export type SetTierResult =
  | { readonly kind: 'set'; readonly tier: ManualTier; readonly snapshot: PlanSnapshot }
  | { readonly kind: 'invalid'; readonly fault: PlanFault };

const MANUAL_TIERS_MAX = 1_000;

/** Sets a campaign's tier by hand, in force at once and until its time is up. */
export async function setTier(
  store: PlanStore,
  clock: Clock,
  hashText: HashText,
  { operatorId, ttlMs, ...wanted }: SetTierRequest,
): Promise<SetTierResult> {
  const fault = requestFault(wanted);
  if (fault) return { kind: 'invalid', fault };
  return store.inTransaction(async (book) => {
    const current = await book.lockCurrent();
    const { plan, planNo } = current;
    const nowMs = clock.nowMs();
    const before = manualTierOf(current.tiers, wanted.campaignId, nowMs);
    const goesOn = before !== undefined && before.tier >= 1 && wanted.tier >= 1;
    const tier: ManualTier = {
      ...wanted,
      // A tier that goes on, higher or longer, does not release the entry anew.
      fromMs: goesOn ? before.fromMs : nowMs,
      untilMs: nowMs + (ttlMs ?? plan.manualTtlMs),
    };
    const tiers = withTier(current.tiers, tier, nowMs, plan.rampDownMs);
    if (tiers.length > MANUAL_TIERS_MAX) {
      return { kind: 'invalid', fault: { field: 'campaignId', reason: 'too many campaigns have a manual tier' } };
    }
    const snapshot = await putNext(book, hashText, current, { planNo, plan, tiers }, nowMs);
    await book.audit({ action: 'tier-set', version: snapshot.version, tier }, operatorId, nowMs);
    return { kind: 'set', tier, snapshot };
  });
}

function requestFault(wanted: Omit<ManualTier, 'fromMs' | 'untilMs'>): PlanFault | undefined {
  const { tier, serverDropShare, clientDropShare, participateStatus } = wanted;
  if (tier === 0 && participateStatus === undefined) {
    return { field: 'tier', reason: 'tier 0 says nothing by itself: clear the manual tier instead' };
  }
  if (serverDropShare !== undefined && tier < 2)
    return { field: 'serverDropShare', reason: 'the server drops from tier 2 on' };
  if (clientDropShare !== undefined && tier < 3)
    return { field: 'clientDropShare', reason: 'clients drop at tier 3 only' };
  return undefined;
}

export interface ClearTierRequest {
  readonly operatorId: string;
  readonly campaignId: string;
}

/** Ends a campaign's manual tier before its time; it ramps down. Without one nothing changes. */
export async function clearTier(
  store: PlanStore,
  clock: Clock,
  hashText: HashText,
  { operatorId, campaignId }: ClearTierRequest,
): Promise<PlanSnapshot> {
  return store.inTransaction(async (book) => {
    const current = await book.lockCurrent();
    const { plan, planNo } = current;
    const nowMs = clock.nowMs();
    if (manualTierOf(current.tiers, campaignId, nowMs) === undefined) return current;
    const tiers = withoutTier(current.tiers, campaignId, nowMs, plan.rampDownMs);
    const snapshot = await putNext(book, hashText, current, { planNo, plan, tiers }, nowMs);
    await book.audit({ action: 'tier-cleared', version: snapshot.version, campaignId }, operatorId, nowMs);
    return snapshot;
  });
}
