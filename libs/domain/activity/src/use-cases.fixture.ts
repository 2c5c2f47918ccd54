import { type Clock, type IdSource } from '@floodgate/kernel';
import { type Campaign, type CampaignSpec, type PoolSeal } from './campaign';
import { type Approval, type DraftSecrets } from './draft-secrets';
import {
  type CampaignStore,
  type CampaignToFix,
  type CampaignWithSecrets,
  type NewQualification,
  type Qualification,
  type QualificationBook,
  type Qualifications,
  type SharesToFix,
  type TaskCompletion,
  type TaskCompletions,
  type UserOfCampaign,
} from './ports';

/** A clock that stands where a test puts it. */
export class SetClock implements Clock {
  constructor(public atMs: number) {}

  nowMs(): number {
    return this.atMs;
  }
}

export class CountingIds implements IdSource {
  private last = 0;

  next(): string {
    return `id-${++this.last}`;
  }
}

/** Campaigns in memory; counts how often one was really published. */
export class MemoryCampaigns implements CampaignStore {
  readonly kept = new Map<string, Campaign>();
  readonly secrets = new Map<string, Partial<DraftSecrets>>();
  published = 0;

  constructor(...campaigns: Campaign[]) {
    for (const campaign of campaigns) this.kept.set(campaign.campaignId, campaign);
  }

  async find(campaignId: string): Promise<Campaign | undefined> {
    return this.kept.get(campaignId);
  }

  async findWithSecrets(campaignId: string): Promise<CampaignWithSecrets | undefined> {
    const campaign = this.kept.get(campaignId);
    if (campaign === undefined) return undefined;
    const { authorCommitment } = campaign;
    const unsaid = { approverId: undefined, approverCommitment: undefined };
    const unshown = { authorSecret: undefined, approverSecret: undefined };
    const said = this.secrets.get(campaignId);
    return { campaign, secrets: { authorId: 'op', authorCommitment, ...unsaid, ...unshown, ...said } };
  }

  async addDraft(spec: CampaignSpec): Promise<boolean> {
    if (this.kept.has(spec.campaignId)) return false;
    this.kept.set(spec.campaignId, { ...spec, state: 'DRAFT', approverCommitment: undefined, seals: [] });
    return true;
  }

  async approve({ campaignId, approverId, commitment }: Approval): Promise<boolean> {
    const campaign = this.kept.get(campaignId);
    if (campaign?.state !== 'DRAFT' || this.secrets.get(campaignId)?.approverId !== undefined) return false;
    this.kept.set(campaignId, { ...campaign, approverCommitment: commitment });
    this.secrets.set(campaignId, { approverId, approverCommitment: commitment });
    return true;
  }

  async keepSecret(campaignId: string, whose: 'author' | 'approver', secret: string): Promise<void> {
    this.secrets.set(campaignId, { ...this.secrets.get(campaignId), [`${whose}Secret`]: secret });
  }

  async publish(campaign: Campaign): Promise<boolean> {
    if (this.kept.get(campaign.campaignId)?.state !== 'DRAFT') return false;
    this.kept.set(campaign.campaignId, campaign);
    this.published++;
    return true;
  }

  async listPublished(nowMs: number): Promise<Campaign[]> {
    return [...this.kept.values()].filter(
      ({ state, timeline }) => state === 'PUBLISHED' && timeline.settleByMs >= nowMs,
    );
  }
}

export class MemorySharesToFix implements SharesToFix {
  /** How far a campaign is, by its id. */
  readonly counts = new Map<string, { redemptions: number; qualifications: number }>();

  constructor(private readonly campaigns: MemoryCampaigns) {}

  async list(): Promise<CampaignToFix[]> {
    return [...this.counts].flatMap(([campaignId, counts]) => {
      const campaign = this.campaigns.kept.get(campaignId);
      return campaign === undefined ? [] : [{ campaign, ...counts, causationId: 'counted' }];
    });
  }

  async fix(campaign: Campaign, seal: PoolSeal): Promise<boolean> {
    this.campaigns.kept.set(campaign.campaignId, { ...campaign, seals: [seal] });
    return true;
  }
}

export class MemoryCompletions implements TaskCompletions {
  readonly kept: TaskCompletion[] = [];

  async find(campaignId: string, userId: string, taskId: string): Promise<TaskCompletion | undefined> {
    return this.kept.find((one) => one.campaignId === campaignId && one.userId === userId && one.taskId === taskId);
  }

  async add(completion: TaskCompletion): Promise<boolean> {
    if (await this.find(completion.campaignId, completion.userId, completion.taskId)) return false;
    this.kept.push(completion);
    return true;
  }

  async count(campaignId: string, userId: string): Promise<number> {
    return this.kept.filter((one) => one.campaignId === campaignId && one.userId === userId).length;
  }
}

export class MemoryQualifications implements Qualifications, QualificationBook {
  readonly kept: NewQualification[] = [];

  async find(campaignId: string, userId: string): Promise<Qualification | undefined> {
    return this.kept
      .map(({ qualification }) => qualification)
      .find((one) => one.campaignId === campaignId && one.userId === userId);
  }

  async qualified(users: readonly UserOfCampaign[]): Promise<UserOfCampaign[]> {
    const found = await Promise.all(users.map(({ campaignId, userId }) => this.find(campaignId, userId)));
    return found.filter((one) => one !== undefined);
  }

  async add(added: readonly NewQualification[]): Promise<void> {
    this.kept.push(...added);
  }
}
