import { type Clock } from '@floodgate/kernel';
import { canonicalJson } from './canonical-json';
import { type Plan } from './plan';
import { findPlanFault, type PlanFault } from './plan-fault';
import { type HashText, type PlanStore } from './ports';

export interface DraftPlanRequest {
  readonly operatorId: string;
  readonly plan: Plan;
  /** The published plan this one was written against; the one in force when left out. */
  readonly basePlanNo?: number | undefined;
}

export type DraftPlanResult =
  | { readonly kind: 'drafted'; readonly planNo: number; readonly hash: string; readonly basePlanNo: number }
  | { readonly kind: 'unsound'; readonly fault: PlanFault };

/** Keeps a plan that says something sound; nothing follows it before it is approved and published. */
export async function draftPlan(
  store: PlanStore,
  clock: Clock,
  hashText: HashText,
  { operatorId, plan, basePlanNo }: DraftPlanRequest,
): Promise<DraftPlanResult> {
  const fault = findPlanFault(plan);
  if (fault) return { kind: 'unsound', fault };
  return store.inTransaction(async (book) => {
    const current = await book.lockCurrent();
    const nowMs = clock.nowMs();
    const base = basePlanNo ?? current.planNo;
    const hash = hashText(canonicalJson(plan));
    const planNo = await book.add({ plan, hash, basePlanNo: base, authorId: operatorId }, nowMs);
    await book.audit({ action: 'plan-drafted', planNo, hash, basePlanNo: base }, operatorId, nowMs);
    return { kind: 'drafted', planNo, hash, basePlanNo: base };
  });
}
