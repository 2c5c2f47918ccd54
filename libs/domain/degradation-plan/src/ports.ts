import { type ManualTier } from './manual-tier';
import { type Plan } from './plan';
import { type PlanSnapshot } from './plan-snapshot';

/** A plan as an operator wrote it. It is never edited: a change is another plan with another number. */
export interface PlanRecord {
  readonly planNo: number;
  readonly plan: Plan;
  /** SHA-256 of the plan's canonical JSON, hexadecimal; what the approver approves. */
  readonly hash: string;
  /** The published plan that this one was written against; publishing compares it. */
  readonly basePlanNo: number;
  readonly authorId: string;
  readonly approverId: string | undefined;
  readonly published: boolean;
}

export type NewPlan = Pick<PlanRecord, 'plan' | 'hash' | 'basePlanNo' | 'authorId'>;

/** What was done, by whom. Written in the transaction that did it. */
export type AuditEntry =
  | {
      readonly action: 'plan-drafted' | 'plan-approved' | 'plan-published';
      readonly planNo: number;
      readonly hash: string;
    }
  | { readonly action: 'tier-set'; readonly version: number; readonly tier: ManualTier }
  | { readonly action: 'tier-cleared'; readonly version: number; readonly campaignId: string };

/** Plans within one transaction: all that is done through it commits together, or nothing does. */
export interface PlanBook {
  /** The snapshot in force, locked: whoever changes plan or tiers takes this lock first. */
  lockCurrent(): Promise<PlanSnapshot>;
  /** The highest version that any instance says it follows; above the stored one after a restore from backup. */
  highestAcknowledged(): Promise<number>;
  find(planNo: number): Promise<PlanRecord | undefined>;
  /** Returns the new plan's number. */
  add(plan: NewPlan, nowMs: number): Promise<number>;
  approve(plan: PlanRecord, approverId: string, nowMs: number): Promise<void>;
  /** Marks the plan as published and notes plan-published, to be sent when the transaction commits. */
  markPublished(plan: PlanRecord, operatorId: string, version: number, nowMs: number): Promise<void>;
  /** From the commit on this snapshot is the one in force. */
  putCurrent(snapshot: PlanSnapshot): Promise<void>;
  audit(entry: AuditEntry, operatorId: string, nowMs: number): Promise<void>;
}

export interface PlanStore {
  /** Runs again from the start after a deadlock, so `work` must have no effect outside. */
  inTransaction<T>(work: (book: PlanBook) => Promise<T>): Promise<T>;
}

/** SHA-256 of a text, hexadecimal. */
export type HashText = (text: string) => string;
