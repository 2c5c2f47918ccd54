import { type Clock } from '@floodgate/kernel';
import { putNext } from './next-snapshot';
import { type PlanFault } from './plan-fault';
import { type PlanSnapshot } from './plan-snapshot';
import { type HashText, type PlanStore } from './ports';
import { findLoosening } from './tightens';

export interface BreakGlassRequest {
  readonly operatorId: string;
  readonly planNo: number;
}

export type BreakGlassResult =
  | { readonly kind: 'in-force'; readonly snapshot: PlanSnapshot }
  | { readonly kind: 'no-such-plan' | 'superseded' }
  /** It would let in what the plan in force does not: that takes two people. */
  | { readonly kind: 'loosens'; readonly fault: PlanFault };

/**
 * One person's way to put a plan into force, and only a tighter one: compared, under the lock, with the plan in force, whatever it was written against.
 * Again for the plan in force it changes nothing and is answered the same.
 */
export async function breakGlass(
  store: PlanStore,
  clock: Clock,
  hashText: HashText,
  { operatorId, planNo }: BreakGlassRequest,
): Promise<BreakGlassResult> {
  return store.inTransaction(async (book) => {
    const current = await book.lockCurrent();
    if (current.planNo === planNo) return { kind: 'in-force', snapshot: current };
    const found = await book.find(planNo);
    if (found === undefined) return { kind: 'no-such-plan' };
    if (found.published) return { kind: 'superseded' };
    const fault = findLoosening(current.plan, found.plan);
    if (fault !== undefined) return { kind: 'loosens', fault };
    const nowMs = clock.nowMs();
    const { plan, hash } = found;
    const overPlanNo = current.planNo;
    const snapshot = await putNext(book, hashText, current, { planNo, plan, tiers: current.tiers }, nowMs);
    const { version } = snapshot;
    await book.markPublished(planNo, nowMs);
    await book.markBreakGlass(planNo, operatorId, overPlanNo);
    await book.announce(snapshot, operatorId);
    await book.audit({ action: 'break-glass', planNo, hash, overPlanNo, version }, operatorId, nowMs);
    return { kind: 'in-force', snapshot };
  });
}

export type WithdrawBreakGlassResult =
  | { readonly kind: 'withdrawn'; readonly snapshot: PlanSnapshot }
  | { readonly kind: 'no-such-plan' | 'not-break-glass' | 'another-person' | 'superseded' };

/**
 * Who broke the glass takes it back alone: the plan that was in force before comes back, which two people had agreed on. Everybody else drafts a plan and has
 * it approved. Again it changes nothing and is answered the same.
 */
export async function withdrawBreakGlass(
  store: PlanStore,
  clock: Clock,
  hashText: HashText,
  { operatorId, planNo }: BreakGlassRequest,
): Promise<WithdrawBreakGlassResult> {
  return store.inTransaction(async (book) => {
    const current = await book.lockCurrent();
    const found = await book.find(planNo);
    if (found === undefined) return { kind: 'no-such-plan' };
    if (found.breakGlass === undefined) return { kind: 'not-break-glass' };
    const { isWithdrawn, overPlanNo } = found.breakGlass;
    if (found.breakGlass.operatorId !== operatorId) return { kind: 'another-person' };
    if (isWithdrawn) return { kind: 'withdrawn', snapshot: current };
    if (current.planNo !== planNo) return { kind: 'superseded' };
    const before = await book.find(overPlanNo);
    if (before === undefined) throw new Error(`plan ${overPlanNo}, over which plan ${planNo} came, is gone`);
    const nowMs = clock.nowMs();
    const change = { planNo: overPlanNo, plan: before.plan, tiers: current.tiers };
    const snapshot = await putNext(book, hashText, current, change, nowMs);
    const { version } = snapshot;
    await book.markWithdrawn(planNo, nowMs);
    await book.announce(snapshot, operatorId);
    await book.audit({ action: 'break-glass-withdrawn', planNo, backToPlanNo: overPlanNo, version }, operatorId, nowMs);
    return { kind: 'withdrawn', snapshot };
  });
}
