/** How far a draft with packets has come on its way to a seed. The secrets are told to nobody. */
export interface DraftSecrets {
  readonly authorId: string;
  readonly authorCommitment: string | undefined;
  readonly authorSecret: string | undefined;
  readonly approverId: string | undefined;
  readonly approverCommitment: string | undefined;
  readonly approverSecret: string | undefined;
}

export interface Approval {
  readonly campaignId: string;
  readonly approverId: string;
  readonly commitment: string;
}
