import { type Clock, type IdSource } from '@floodgate/kernel';
import { type Campaign, qualifyingWindow } from './campaign';
import { type CampaignStore, type TaskCompletion, type TaskCompletions } from './ports';
import { type Refusal } from './refusal';

export type CompleteTaskResult =
  | { readonly outcome: 'OK'; readonly completion: TaskCompletion }
  | Refusal<'NO_SUCH_CAMPAIGN' | 'INVALID_REQUEST' | 'NOT_OPEN_YET' | 'CLOSED'>;

const POLL_AFTER_MS_MAX = 60_000;

/** Notes that a user did a task and earned its draws: once, however often it is said and however late it is said again. */
export class CompleteTask {
  constructor(
    private readonly campaigns: CampaignStore,
    private readonly completions: TaskCompletions,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  async run(campaignId: string, userId: string, taskId: string): Promise<CompleteTaskResult> {
    const campaign = await this.campaigns.find(campaignId);
    if (campaign?.state !== 'PUBLISHED') return { outcome: 'NO_SUCH_CAMPAIGN', detail: 'there is no such campaign' };
    const task = campaign.tasks.find((candidate) => candidate.taskId === taskId);
    if (task === undefined) {
      return { outcome: 'INVALID_REQUEST', detail: 'taskId: the campaign has no such task', field: 'taskId' };
    }
    const earlier = await this.completions.find(campaignId, userId, taskId);
    if (earlier) return { outcome: 'OK', completion: earlier };
    const completedAtMs = this.clock.nowMs();
    const refusal = outsideWindow(campaign, completedAtMs);
    if (refusal) return refusal;
    const completion = { completionId: this.ids.next(), campaignId, userId, taskId, draws: task.draws, completedAtMs };
    if (await this.completions.add(completion)) return { outcome: 'OK', completion };
    const first = await this.completions.find(campaignId, userId, taskId);
    if (first === undefined) throw new Error(`task ${taskId} is completed by ${userId}, yet there is no completion`);
    return { outcome: 'OK', completion: first };
  }
}

function outsideWindow(campaign: Campaign, nowMs: number): Refusal<'NOT_OPEN_YET' | 'CLOSED'> | undefined {
  switch (qualifyingWindow(campaign, nowMs)) {
    case 'OPEN':
      return undefined;
    case 'BEFORE': {
      const pollAfterMs = Math.min(campaign.timeline.opensAtMs - nowMs, POLL_AFTER_MS_MAX);
      return { outcome: 'NOT_OPEN_YET', detail: 'tasks do not count yet', pollAfterMs };
    }
    case 'AFTER':
      return { outcome: 'CLOSED', detail: 'tasks do not count any more' };
  }
}
