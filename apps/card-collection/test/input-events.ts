import {
  CampaignKind,
  type CampaignPublishedV1,
  CampaignState,
  type TaskCompletedV1,
  type Timeline,
} from '@floodgate/contracts';

export const HOUR_MS = 3_600_000;

/** A card split with these budgets, open from an hour ago for an hour more, unless the test says otherwise. */
export function campaignPublished(
  campaignId: string,
  budgets: Readonly<Record<string, number>>,
  instants: Partial<Record<keyof Timeline, number>> = {},
): CampaignPublishedV1 {
  const nowMs = Date.now();
  const at = { opensAtMs: nowMs - HOUR_MS, qualifyUntilMs: nowMs + HOUR_MS, ...instants };
  return {
    eventId: `published-${campaignId}`,
    occurredAtMs: String(nowMs),
    campaignId,
    causationId: campaignId,
    operatorId: 'op',
    campaign: {
      campaignId,
      kind: CampaignKind.CAMPAIGN_KIND_CARD_SPLIT,
      state: CampaignState.CAMPAIGN_STATE_PUBLISHED,
      titleZh: '集卡',
      titleEn: 'Cards',
      authorCommitment: '',
      approverCommitment: '',
      timeline: {
        warmUpAtMs: String(nowMs - 2 * HOUR_MS),
        opensAtMs: String(at.opensAtMs),
        qualifyUntilMs: String(at.qualifyUntilMs),
        splitAtMs: String(nowMs + 2 * HOUR_MS),
        closesAtMs: String(nowMs + 3 * HOUR_MS),
        settleByMs: String(nowMs + 4 * HOUR_MS),
      },
      cards: Object.entries(budgets).map(([cardId, budget]) => ({
        cardId,
        nameZh: cardId,
        nameEn: cardId,
        weight: 1,
        budget,
      })),
      tasks: [],
      pools: [],
    },
  };
}

export function taskCompleted(
  campaignId: string,
  userId: string,
  draws: number,
  completionId: string,
): TaskCompletedV1 {
  return {
    eventId: `event-${completionId}`,
    occurredAtMs: String(Date.now()),
    campaignId,
    causationId: completionId,
    userId,
    taskId: 'sign-in',
    completionId,
    draws,
  };
}
