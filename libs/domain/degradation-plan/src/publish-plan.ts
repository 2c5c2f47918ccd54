import { type Clock } from '@floodgate/kernel';
import { putNext } from './next-snapshot';
import { type PlanSnapshot } from './plan-snapshot';
import { type HashText, isApproved, type PlanStore } from './ports';

export interface PublishPlanRequest {
  readonly operatorId: string;
  readonly planNo: number;
}

export type PublishPlanResult =
  | { readonly kind: 'published'; readonly snapshot: PlanSnapshot }
  | { readonly kind: 'no-such-plan' | 'not-approved' | 'superseded' }
  /** Another plan was published since this one was written. */
  | { readonly kind: 'base-moved'; readonly basePlanNo: number; readonly publishedPlanNo: number };

/**
 * Puts an approved plan into force everywhere; manual tiers stay as they are. Under the lock the approval is compared with the content and the base, and the
 * base with the plan in force. Publishing the plan that is in force changes nothing and is answered the same.
 */
export async function publishPlan(
  store: PlanStore,
  clock: Clock,
  hashText: HashText,
  { operatorId, planNo }: PublishPlanRequest,
): Promise<PublishPlanResult> {
  return store.inTransaction(async (book) => {
    const current = await book.lockCurrent();
    if (current.planNo === planNo) return { kind: 'published', snapshot: current };
    const found = await book.find(planNo);
    if (found === undefined) return { kind: 'no-such-plan' };
    if (found.published) return { kind: 'superseded' };
    if (!isApproved(found)) return { kind: 'not-approved' };
    const { plan, hash, basePlanNo } = found;
    if (basePlanNo !== current.planNo) {
      return { kind: 'base-moved', basePlanNo, publishedPlanNo: current.planNo };
    }
    const nowMs = clock.nowMs();
    const snapshot = await putNext(book, hashText, current, { planNo, plan, tiers: current.tiers }, nowMs);
    await book.markPublished(planNo, nowMs);
    await book.announce(snapshot, operatorId);
    await book.audit({ action: 'plan-published', planNo, hash, basePlanNo }, operatorId, nowMs);
    return { kind: 'published', snapshot };
  });
}
