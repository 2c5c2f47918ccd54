import { type Campaign, type CampaignSpec, type PoolSeal } from './campaign';
import { type Approval, type DraftSecrets } from './draft-secrets';

/** Where campaigns are kept. */
export interface CampaignStore {
  /** Drafts included. */
  find(campaignId: string): Promise<Campaign | undefined>;
  /** As the database has it now, with what its two people have said and shown. */
  findWithSecrets(campaignId: string): Promise<CampaignWithSecrets | undefined>;
  /** Keeps a draft; false when the id is taken. */
  addDraft(spec: CampaignSpec, operatorId: string, nowMs: number): Promise<boolean>;
  /** Notes the approver of a draft and their commitment; false when it is approved or no draft any more. */
  approve(approval: Approval, nowMs: number): Promise<boolean>;
  keepSecret(campaignId: string, whose: 'author' | 'approver', secret: string): Promise<void>;
  /** Draft to published with its seals, together with campaign-published; false when it is no draft any more. */
  publish(campaign: Campaign, operatorId: string, nowMs: number): Promise<boolean>;
  /** Published and not past settleBy. */
  listPublished(nowMs: number): Promise<Campaign[]>;
}

export interface CampaignWithSecrets {
  readonly campaign: Campaign;
  readonly secrets: DraftSecrets;
}

/** Pools of one share for everyone qualified, on their way to be fixed. */
export interface SharesToFix {
  /** Published campaigns with such a pool that is not fixed, once all their redemptions are counted. */
  list(): Promise<CampaignToFix[]>;
  /** Fixes one of a campaign's pools, together with shares-fixed; false when it was fixed before. */
  fix(campaign: Campaign, seal: PoolSeal, causationId: string, nowMs: number): Promise<boolean>;
}

export interface CampaignToFix {
  readonly campaign: Campaign;
  /** As card-collection has counted them. */
  readonly redemptions: number;
  /** As they have arrived here. */
  readonly qualifications: number;
  /** The event that told the count. */
  readonly causationId: string;
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
