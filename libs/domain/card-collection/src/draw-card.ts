import { type Clock } from '@floodgate/kernel';
import { type CardCampaign } from './campaign';
import { type CampaignRefusal, findCampaign, outsideWindow, type WindowRefusal } from './find-open-campaign';
import { pickCard, type RandomSource } from './pick-card';
import { type CardCampaigns, type Draw, type Draws, type Holdings } from './ports';
import { type Refusal } from './refusal';

export interface DrawRequest {
  readonly campaignId: string;
  readonly userId: string;
  /** Made by the client and kept, so that a retry is the same draw. */
  readonly drawId: string;
}

export type DrawCardResult =
  | { readonly outcome: 'OK'; readonly cardId: string; readonly drawsLeft: number }
  | CampaignRefusal
  | WindowRefusal
  | Refusal<'NO_DRAWS_LEFT' | 'SOLD_OUT'>;

export interface DrawCardPorts {
  readonly campaigns: CardCampaigns;
  readonly draws: Draws;
  readonly holdings: Holdings;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** Spends one draw on one card. A drawId that has its card already is answered with it for ever, also after closing. */
export class DrawCard {
  constructor(private readonly ports: DrawCardPorts) {}

  async run(request: DrawRequest): Promise<DrawCardResult> {
    const { campaigns, draws, holdings, clock } = this.ports;
    const earlier = await draws.find(request);
    if (earlier) return this.answerAgain(earlier);
    const campaign = await findCampaign(campaigns, holdings, request.campaignId, request.userId);
    if ('outcome' in campaign) return campaign;
    const nowMs = clock.nowMs();
    return outsideWindow(campaign, nowMs) ?? this.draw(request, campaign, nowMs);
  }

  private async draw(request: DrawRequest, campaign: CardCampaign, drawnAtMs: number): Promise<DrawCardResult> {
    const { campaigns, draws, random } = this.ports;
    // A budget once used up stays used up: each time round there is one card fewer to pick from, and at last none.
    for (;;) {
      const cardId = pickCard(await campaigns.cards(campaign.campaignId), random);
      if (cardId === undefined) return { outcome: 'SOLD_OUT', detail: 'every card has been given away' };
      const recorded = await draws.record({ ...request, cardId, drawnAtMs });
      switch (recorded.kind) {
        case 'RECORDED':
          return { outcome: 'OK', cardId, drawsLeft: recorded.drawsLeft };
        case 'NO_DRAWS_LEFT':
          return { outcome: 'NO_DRAWS_LEFT', detail: 'every draw earned so far is spent' };
        case 'DRAW_ID_USED': {
          const first = await draws.find(request);
          if (first === undefined) throw new Error(`draw ${request.drawId} is used, yet there is no such draw`);
          return this.answerAgain(first);
        }
        case 'BUDGET_USED_UP':
          continue;
      }
    }
  }

  private async answerAgain({ campaignId, userId, cardId }: Draw): Promise<DrawCardResult> {
    const { drawsLeft } = await this.ports.holdings.find(campaignId, userId);
    return { outcome: 'OK', cardId, drawsLeft };
  }
}
