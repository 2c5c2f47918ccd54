import { isApproved, type PlanFault, type PlanRecord } from '@floodgate/domain/degradation-plan';
import { OutcomeError } from '@floodgate/kernel';

/** Where a plan stands. */
export type PlanState = 'draft' | 'approved' | 'in-force' | 'superseded' | 'withdrawn';

function planState(record: PlanRecord, planNoInForce: number): PlanState {
  if (record.planNo === planNoInForce) return 'in-force';
  if (record.breakGlass?.isWithdrawn === true) return 'withdrawn';
  if (record.published) return 'superseded';
  return isApproved(record) ? 'approved' : 'draft';
}

/** A plan as operators see it, without its content. */
export function planAnswer(record: PlanRecord, planNoInForce: number): object {
  const { planNo, plan, hash, basePlanNo, authorId, approval, published, breakGlass } = record;
  return {
    planNo,
    title: plan.title,
    state: planState(record, planNoInForce),
    hash,
    basePlanNo,
    authorId,
    approverId: isApproved(record) ? approval?.approverId : null,
    published,
    breakGlass: breakGlass ?? null,
  };
}

export const noSuchPlan = () => new OutcomeError('INVALID_REQUEST', 'there is no such plan', { field: 'planNo' });

export const superseded = () => new OutcomeError('CONFLICT', 'the plan was in force before; draft it again');

export const changedSince = () =>
  new OutcomeError('CONFLICT', 'the plan was changed since it was read: read it again', { field: 'hash' });

export const rebasedSince = () =>
  new OutcomeError('CONFLICT', 'the plan was put on another base since it was read: read it again', {
    field: 'basePlanNo',
  });

export function unsound({ field, reason }: PlanFault): OutcomeError {
  return new OutcomeError('INVALID_REQUEST', `plan.${field}: ${reason}`, { field: `plan.${field}` });
}

export function noSuchCampaign(...besides: string[]): OutcomeError {
  const detail = ['no published campaign has this id: GET /campaigns names those there are', ...besides].join('; ');
  return new OutcomeError('NO_SUCH_CAMPAIGN', detail, { field: 'campaignId' });
}
