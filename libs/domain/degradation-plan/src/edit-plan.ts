import { type Clock } from '@floodgate/kernel';
import { canonicalJson } from './canonical-json';
import { type Plan } from './plan';
import { findPlanFault, type PlanFault } from './plan-fault';
import { type HashText, type PlanStore } from './ports';

export interface EditPlanRequest {
  readonly operatorId: string;
  readonly planNo: number;
  readonly plan: Plan;
  /** Of the plan as the author read it before changing it. */
  readonly readHash: string;
  /** Another published plan to be written against; the same as before when left out. */
  readonly basePlanNo?: number | undefined;
}

export type EditPlanResult =
  | {
      readonly kind: 'edited';
      readonly hash: string;
      readonly basePlanNo: number;
      /** Whose approval the edit dropped. */
      readonly droppedApproverId: string | null;
    }
  | { readonly kind: 'unsound'; readonly fault: PlanFault }
  | { readonly kind: 'no-such-plan' | 'another-author' | 'not-a-draft' | 'changed-since' };

/** Replaces a draft's content. Whoever approved it approved another one, so the approval is gone. The same content again changes nothing. */
export async function editPlan(
  store: PlanStore,
  clock: Clock,
  hashText: HashText,
  { operatorId, planNo, plan, readHash, basePlanNo }: EditPlanRequest,
): Promise<EditPlanResult> {
  const fault = findPlanFault(plan);
  if (fault) return { kind: 'unsound', fault };
  return store.inTransaction(async (book) => {
    await book.lockCurrent();
    const found = await book.find(planNo);
    if (found === undefined) return { kind: 'no-such-plan' };
    if (found.authorId !== operatorId) return { kind: 'another-author' };
    if (found.published) return { kind: 'not-a-draft' };
    const content = { plan, hash: hashText(canonicalJson(plan)), basePlanNo: basePlanNo ?? found.basePlanNo };
    const { hash, basePlanNo: base } = content;
    if (hash === found.hash && base === found.basePlanNo) {
      return { kind: 'edited', hash, basePlanNo: base, droppedApproverId: null };
    }
    if (readHash !== found.hash) return { kind: 'changed-since' };
    const nowMs = clock.nowMs();
    const droppedApproverId = found.approval?.approverId ?? null;
    await book.edit(planNo, content, nowMs);
    await book.audit({ action: 'plan-edited', planNo, hash, basePlanNo: base, droppedApproverId }, operatorId, nowMs);
    return { kind: 'edited', hash, basePlanNo: base, droppedApproverId };
  });
}
