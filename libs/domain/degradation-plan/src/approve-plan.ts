import { type Clock } from '@floodgate/kernel';
import { isApproved, type PlanStore } from './ports';

export interface ApprovePlanRequest {
  readonly operatorId: string;
  readonly planNo: number;
  /** Of the plan as the approver read it. */
  readonly readHash: string;
  /** The plan that the approver compared it with. */
  readonly readBasePlanNo: number;
}

export type ApprovePlanResult =
  | { readonly kind: 'approved'; readonly hash: string; readonly basePlanNo: number }
  | { readonly kind: 'no-such-plan' | 'author-cannot-approve' | 'changed-since' | 'rebased-since' | 'not-a-draft' };

/**
 * The second person's yes to the content and the base that were read: the same content on another base undoes other people's changes. Approving again changes
 * nothing and is answered the same.
 */
export async function approvePlan(
  store: PlanStore,
  clock: Clock,
  { operatorId, planNo, readHash, readBasePlanNo }: ApprovePlanRequest,
): Promise<ApprovePlanResult> {
  return store.inTransaction(async (book) => {
    await book.lockCurrent();
    const found = await book.find(planNo);
    if (found === undefined) return { kind: 'no-such-plan' };
    if (found.authorId === operatorId) return { kind: 'author-cannot-approve' };
    const { hash, basePlanNo } = found;
    if (readHash !== hash) return { kind: 'changed-since' };
    if (readBasePlanNo !== basePlanNo) return { kind: 'rebased-since' };
    if (!isApproved(found)) {
      if (found.published) return { kind: 'not-a-draft' };
      const nowMs = clock.nowMs();
      await book.approve(found, operatorId, nowMs);
      await book.audit({ action: 'plan-approved', planNo, hash, basePlanNo }, operatorId, nowMs);
    }
    return { kind: 'approved', hash, basePlanNo };
  });
}
