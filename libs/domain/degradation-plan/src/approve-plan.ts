import { type Clock } from '@floodgate/kernel';
import { type PlanStore } from './ports';

export interface ApprovePlanRequest {
  readonly operatorId: string;
  readonly planNo: number;
}

export type ApprovePlanResult =
  { readonly kind: 'approved'; readonly hash: string } | { readonly kind: 'no-such-plan' | 'author-cannot-approve' };

/** The second person's yes. Approving again changes nothing and is answered the same. */
export async function approvePlan(
  store: PlanStore,
  clock: Clock,
  { operatorId, planNo }: ApprovePlanRequest,
): Promise<ApprovePlanResult> {
  return store.inTransaction(async (book) => {
    await book.lockCurrent();
    const found = await book.find(planNo);
    if (found === undefined) return { kind: 'no-such-plan' };
    if (found.authorId === operatorId) return { kind: 'author-cannot-approve' };
    if (found.approverId === undefined) {
      const nowMs = clock.nowMs();
      await book.approve(found, operatorId, nowMs);
      await book.audit({ action: 'plan-approved', planNo, hash: found.hash }, operatorId, nowMs);
    }
    return { kind: 'approved', hash: found.hash };
  });
}
