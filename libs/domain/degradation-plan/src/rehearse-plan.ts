import { type Clock, type IdSource } from '@floodgate/kernel';
import { type DryRun } from './dry-run';
import { type Tier } from './plan';
import { type PlanStore } from './ports';

export interface RehearsePlanRequest {
  readonly operatorId: string;
  readonly planNo: number;
  readonly campaignId: string;
  readonly tier: Tier;
  readonly lastsMs: number;
}

export type RehearsePlanResult = { readonly kind: 'dry-run'; readonly run: DryRun } | { readonly kind: 'no-such-plan' };

/** The dry run of a plan as it is now, whatever becomes of the draft meanwhile; noted in the audit. */
export async function rehearsePlan(
  store: PlanStore,
  clock: Clock,
  ids: IdSource,
  { operatorId, planNo, campaignId, tier, lastsMs }: RehearsePlanRequest,
): Promise<RehearsePlanResult> {
  const dryRunId = ids.next();
  return store.inTransaction(async (book) => {
    await book.lockCurrent();
    const found = await book.find(planNo);
    if (found === undefined) return { kind: 'no-such-plan' };
    const { plan, hash } = found;
    const fromMs = clock.nowMs();
    const about = { dryRunId, planNo, hash, campaignId, tier, fromMs, untilMs: fromMs + lastsMs };
    await book.audit({ action: 'dry-run', ...about }, operatorId, fromMs);
    return { kind: 'dry-run', run: { ...about, plan } };
  });
}
