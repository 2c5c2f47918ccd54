import { OutcomeError } from '@floodgate/kernel';
import { callUnary } from '@floodgate/nest-kit';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Gate, unlessRefused } from '../admission/gate';
import { CampaignCache } from '../campaign-cache';
import { Services } from '../services';
import { SignedIn, UserId } from './identity';
import {
  CampaignParams,
  CardsAnswer,
  CompletionAnswer,
  DrawAnswer,
  DrawBody,
  EmptyBody,
  QualificationAnswer,
  RedemptionAnswer,
  TaskParams,
} from './schemas';

// A redemption becomes a qualification through the log, in well under a second.
const QUALIFYING_POLL_AFTER_MS = 500;

/** From the first task to the right to grab. */
@ApiTags('participants')
@SignedIn()
@Controller('campaigns/:campaignId')
export class CardsController {
  constructor(
    private readonly services: Services,
    private readonly campaigns: CampaignCache,
    private readonly gate: Gate,
  ) {}

  /** Completes a task, which earns draws once. */
  @Post('tasks/:taskId/completions')
  @HttpCode(200)
  @ApiOkResponse({ type: CompletionAnswer })
  async completeTask(
    @UserId() userId: string,
    @Param() { campaignId, taskId }: TaskParams,
    @Body() _: EmptyBody,
  ): Promise<CompletionAnswer> {
    await this.admit(campaignId, userId);
    const { activity, budgetMs } = this.services;
    const { completionId, draws } = await callUnary(
      activity,
      activity.completeTask,
      { campaignId, userId, taskId },
      budgetMs,
    );
    return { outcome: 'OK', completionId, draws };
  }

  /** Spends a draw. The same drawId again gives the same card. */
  @Post('draws')
  @HttpCode(200)
  @ApiOkResponse({ type: DrawAnswer })
  async draw(
    @UserId() userId: string,
    @Param() { campaignId }: CampaignParams,
    @Body() { drawId }: DrawBody,
  ): Promise<DrawAnswer> {
    await this.admit(campaignId, userId);
    const { cardCollection, budgetMs } = this.services;
    const { cardId, drawsLeft } = await callUnary(
      cardCollection,
      cardCollection.draw,
      { campaignId, userId, drawId },
      budgetMs,
    );
    return { outcome: 'OK', cardId, drawsLeft };
  }

  @Get('cards')
  @ApiOkResponse({ type: CardsAnswer })
  async cards(@UserId() userId: string, @Param() { campaignId }: CampaignParams): Promise<CardsAnswer> {
    await this.admit(campaignId, userId);
    const { cardCollection, budgetMs } = this.services;
    const { cards, drawsLeft, setComplete, redeemed } = await callUnary(
      cardCollection,
      cardCollection.getCards,
      { campaignId, userId },
      budgetMs,
    );
    return {
      outcome: 'OK',
      cards: cards.map(({ cardId, count }) => ({ cardId, count })),
      drawsLeft,
      setComplete,
      redeemed,
    };
  }

  /** Turns a complete set into a redemption, from which a qualification follows. Once a user; again gives the same answer. */
  @Post('redemptions')
  @HttpCode(200)
  @ApiOkResponse({ type: RedemptionAnswer })
  async redeem(
    @UserId() userId: string,
    @Param() { campaignId }: CampaignParams,
    @Body() _: EmptyBody,
  ): Promise<RedemptionAnswer> {
    await this.admit(campaignId, userId);
    const { cardCollection, budgetMs } = this.services;
    const { redemptionId } = await callUnary(cardCollection, cardCollection.redeem, { campaignId, userId }, budgetMs);
    return { outcome: 'OK', redemptionId };
  }

  /** The signed right to grab. WAIT while a redemption is still on its way to it. */
  @Get('qualification')
  @ApiOkResponse({ type: QualificationAnswer })
  async qualification(@UserId() userId: string, @Param() { campaignId }: CampaignParams): Promise<QualificationAnswer> {
    const campaign = await this.campaigns.get(campaignId);
    unlessRefused(this.gate.drop(campaign, 'qualify', userId));
    unlessRefused(this.gate.cap(campaign, 'qualification'));
    const { activity, budgetMs } = this.services;
    try {
      const { qualificationId, poolId, token } = await callUnary(
        activity,
        activity.getQualification,
        { campaignId, userId },
        budgetMs,
      );
      return { outcome: 'OK', qualificationId, poolId, token };
    } catch (error) {
      throw (await this.isQualifying(error, campaignId, userId)) ? onItsWay(error) : error;
    }
  }

  private async isQualifying(error: unknown, campaignId: string, userId: string): Promise<boolean> {
    if (!(error instanceof OutcomeError) || error.outcome !== 'NOT_QUALIFIED') return false;
    const { cardCollection, budgetMs } = this.services;
    const { redeemed } = await callUnary(cardCollection, cardCollection.getCards, { campaignId, userId }, budgetMs);
    return redeemed;
  }

  /** Everything on the way to a qualification is browsing to the plan; an unknown campaign is refused here. */
  private async admit(campaignId: string, userId: string): Promise<void> {
    const campaign = await this.campaigns.get(campaignId);
    unlessRefused(this.gate.drop(campaign, 'browse', userId));
  }
}

function onItsWay(cause: unknown): OutcomeError {
  return new OutcomeError('WAIT', 'the qualification is on its way', { pollAfterMs: QUALIFYING_POLL_AFTER_MS, cause });
}
