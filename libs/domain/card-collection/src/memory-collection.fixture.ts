import { type CardCampaign } from './campaign';
import {
  type CardCampaigns,
  type Draw,
  type Draws,
  type HeldCard,
  type Holdings,
  type Redemption,
  type Redemptions,
} from './ports';

/** A campaign with three cards that opens at 2000 and qualifies until 3000. */
export const SPRING: CardCampaign = {
  campaignId: 'spring',
  opensAtMs: 2_000,
  qualifyUntilMs: 3_000,
  cardIds: ['luck', 'joy', 'health'],
};

/** This context's ports over plain memory, for the campaign SPRING. What it does at once, the real ones do in a transaction. */
export class MemoryCollection {
  readonly minted = new Map<string, number>();
  /** Draws earned, by user. */
  readonly earned = new Map<string, number>();
  readonly drawn: Draw[] = [];
  readonly redeemed: Redemption[] = [];
  /** Undefined while campaign-published has not arrived. */
  campaign: CardCampaign | undefined = SPRING;
  atMs = 2_500;
  private lastId = 0;

  constructor(private readonly budgets: Readonly<Record<string, number>>) {}

  readonly clock = { nowMs: (): number => this.atMs };
  readonly ids = { next: (): string => `id-${++this.lastId}` };

  readonly campaigns: CardCampaigns = {
    find: async (campaignId) => (campaignId === this.campaign?.campaignId ? this.campaign : undefined),
    cards: async () =>
      SPRING.cardIds.map((cardId) => ({
        cardId,
        weight: 1,
        budget: this.budget(cardId),
        minted: this.minted.get(cardId) ?? 0,
      })),
  };

  readonly draws: Draws = {
    find: async ({ campaignId, userId, drawId }) =>
      this.drawn.find((one) => one.campaignId === campaignId && one.userId === userId && one.drawId === drawId),
    record: async (draw) => {
      if (await this.draws.find(draw)) return { kind: 'DRAW_ID_USED' };
      const left = this.drawsLeft(draw.userId);
      if (left === 0) return { kind: 'NO_DRAWS_LEFT' };
      const minted = this.minted.get(draw.cardId) ?? 0;
      if (minted >= this.budget(draw.cardId)) return { kind: 'BUDGET_USED_UP' };
      this.minted.set(draw.cardId, minted + 1);
      this.drawn.push(draw);
      return { kind: 'RECORDED', drawsLeft: left - 1 };
    },
  };

  readonly holdings: Holdings = {
    find: async (_campaignId, userId) => ({
      cards: this.held(userId),
      drawsLeft: this.drawsLeft(userId),
      takesPart: this.earned.has(userId),
    }),
  };

  readonly redemptions: Redemptions = {
    find: async (_campaignId, userId) => this.redeemed.find((redemption) => redemption.userId === userId),
    record: async (redemption, cardIds) => {
      const held = this.held(redemption.userId).map(({ cardId }) => cardId);
      if (!cardIds.every((cardId) => held.includes(cardId))) return { kind: 'SET_INCOMPLETE' };
      this.redeemed.push(redemption);
      return { kind: 'REDEEMED', redemptionId: redemption.redemptionId };
    },
  };

  private budget(cardId: string): number {
    return this.budgets[cardId] ?? 0;
  }

  private drawsLeft(userId: string): number {
    return (this.earned.get(userId) ?? 0) - this.drawn.filter((draw) => draw.userId === userId).length;
  }

  private held(userId: string): HeldCard[] {
    const spent = this.redeemed.some((redemption) => redemption.userId === userId) ? 1 : 0;
    return SPRING.cardIds
      .map((cardId) => {
        const drawn = this.drawn.filter((draw) => draw.userId === userId && draw.cardId === cardId);
        return { cardId, count: drawn.length - spent };
      })
      .filter(({ count }) => count > 0);
  }
}
