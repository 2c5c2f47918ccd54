import { type Campaign, type CampaignSpec } from './campaign';

/** Where campaigns are kept. */
export interface CampaignStore {
  /** Drafts included. */
  find(campaignId: string): Promise<Campaign | undefined>;
  /** Keeps a draft; false when the id is taken. */
  addDraft(spec: CampaignSpec, operatorId: string, nowMs: number): Promise<boolean>;
  /** Draft to published, together with campaign-published; false when it is no draft any more. */
  publish(spec: CampaignSpec, operatorId: string, nowMs: number): Promise<boolean>;
  /** Published and not past settleBy. */
  listPublished(nowMs: number): Promise<Campaign[]>;
}

export interface TaskCompletion {
  readonly completionId: string;
  readonly campaignId: string;
  readonly userId: string;
  readonly taskId: string;
  readonly draws: number;
  readonly completedAtMs: number;
}

/** Which user completed which task: at most once each. */
export interface TaskCompletions {
  find(campaignId: string, userId: string, taskId: string): Promise<TaskCompletion | undefined>;
  /** Keeps it together with task-completed; false when the user has completed this task before. */
  add(completion: TaskCompletion): Promise<boolean>;
  count(campaignId: string, userId: string): Promise<number>;
}

export interface Qualification {
  readonly qualificationId: string;
  readonly campaignId: string;
  readonly userId: string;
  readonly poolId: string;
  readonly redemptionId: string;
  readonly qualifiedAtMs: number;
  readonly spent: boolean;
}

/** Who is qualified: at most once a user and campaign. */
export interface Qualifications {
  find(campaignId: string, userId: string): Promise<Qualification | undefined>;
}

export interface UserOfCampaign {
  readonly campaignId: string;
  readonly userId: string;
}

export interface NewQualification {
  readonly qualification: Qualification;
  /** The event that asked for it. */
  readonly causationId: string;
}

/** Qualifications as one transaction sees them. */
export interface QualificationBook {
  /** Those of these users that are qualified already. */
  qualified(users: readonly UserOfCampaign[]): Promise<UserOfCampaign[]>;
  /** Keeps them together with user-qualified. */
  add(added: readonly NewQualification[]): Promise<void>;
}

/** Makes the signed statement that a grab carries. */
export interface QualificationTokens {
  sign(claims: {
    readonly userId: string;
    readonly campaignId: string;
    readonly poolId: string;
    readonly qualificationId: string;
    readonly expiresAtMs: number;
  }): string;
}
