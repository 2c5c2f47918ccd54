import { type DryRun } from './dry-run';
import { type ManualTier } from './manual-tier';
import { type Plan } from './plan';
import { type PlanSnapshot } from './plan-snapshot';

/** The second person's yes, to one content written against one base. */
export interface Approval {
  readonly approverId: string;
  readonly hash: string;
  readonly basePlanNo: number;
}

/** How a plan came into force without an approval. */
export interface BreakGlass {
  readonly operatorId: string;
  /** The plan that was in force then, and comes back when it is withdrawn. */
  readonly overPlanNo: number;
  readonly isWithdrawn: boolean;
}

/** A plan as its author wrote it. It is edited until it is published, and never after. */
export interface PlanRecord {
  readonly planNo: number;
  readonly plan: Plan;
  /** SHA-256 of the plan's canonical JSON, hexadecimal. */
  readonly hash: string;
  /** The published plan that this one was written against; publishing compares it. */
  readonly basePlanNo: number;
  readonly authorId: string;
  /** As it was given; whether it still binds is isApproved's to say. */
  readonly approval: Approval | undefined;
  readonly published: boolean;
  readonly breakGlass: BreakGlass | undefined;
}

/** An approval binds the content and the base that it was given for, and nothing else. */
export function isApproved({ approval, hash, basePlanNo }: PlanRecord): boolean {
  return approval !== undefined && approval.hash === hash && approval.basePlanNo === basePlanNo;
}

export type NewPlan = Pick<PlanRecord, 'plan' | 'hash' | 'basePlanNo' | 'authorId'>;

/** What was done, by whom. Written in the transaction that did it. */
export type AuditEntry =
  | {
      readonly action: 'plan-drafted' | 'plan-approved' | 'plan-published';
      readonly planNo: number;
      readonly hash: string;
      readonly basePlanNo: number;
    }
  | {
      readonly action: 'plan-edited';
      readonly planNo: number;
      readonly hash: string;
      readonly basePlanNo: number;
      readonly droppedApproverId: string | null;
    }
  | {
      readonly action: 'break-glass';
      readonly planNo: number;
      readonly hash: string;
      readonly overPlanNo: number;
      readonly version: number;
    }
  | {
      readonly action: 'break-glass-withdrawn';
      readonly planNo: number;
      readonly backToPlanNo: number;
      readonly version: number;
    }
  | (Omit<DryRun, 'plan'> & { readonly action: 'dry-run' })
  | { readonly action: 'tier-set'; readonly version: number; readonly tier: ManualTier }
  | { readonly action: 'tier-cleared'; readonly version: number; readonly campaignId: string };

/** Plans within one transaction: all that is done through it commits together, or nothing does. */
export interface PlanBook {
  /** The snapshot in force, locked: whoever changes plan or tiers takes this lock first. */
  lockCurrent(): Promise<PlanSnapshot>;
  /** The highest version that any instance follows as far as anybody says; above the stored one when a commit was lost. */
  highestAcknowledged(): Promise<number>;
  find(planNo: number): Promise<PlanRecord | undefined>;
  /** Returns the new plan's number. */
  add(plan: NewPlan, nowMs: number): Promise<number>;
  /** Replaces the content of a draft; its approval is gone with what was approved. */
  edit(planNo: number, content: Pick<PlanRecord, 'plan' | 'hash' | 'basePlanNo'>, nowMs: number): Promise<void>;
  /** Of the plan's content and base as they are; takes the place of an approval that binds no more. */
  approve(plan: PlanRecord, approverId: string, nowMs: number): Promise<void>;
  /** From now on the plan is never edited. */
  markPublished(planNo: number, nowMs: number): Promise<void>;
  markBreakGlass(planNo: number, operatorId: string, overPlanNo: number): Promise<void>;
  markWithdrawn(planNo: number, nowMs: number): Promise<void>;
  /** Notes plan-published, to be sent when the transaction commits. */
  announce(snapshot: PlanSnapshot, operatorId: string): Promise<void>;
  /** From the commit on this snapshot is the one in force. */
  putCurrent(snapshot: PlanSnapshot): Promise<void>;
  audit(entry: AuditEntry, operatorId: string, nowMs: number): Promise<void>;
}

export interface PlanStore {
  /** Runs again from the start after a deadlock, so `work` must have no effect outside. */
  inTransaction<T>(work: (book: PlanBook) => Promise<T>): Promise<T>;
}

/** Where policy files go. */
export interface FilePort {
  /**
   * Replaces the file as a whole: who reads it sees the old text or the new one. Whoever else writes it, and in whatever order, the text of the highest serial is
   * what stays. `name` is a relative path of letters, digits, `_`, `-`, `.` and `/`; no serial is given twice.
   */
  write(name: string, text: string, serial: number): Promise<void>;
}

/** SHA-256 of a text, hexadecimal. */
export type HashText = (text: string) => string;
