import { OutcomeError } from '@floodgate/kernel';
import { callUnary } from '@floodgate/nest-kit';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Admitted } from '../admission/route-admission';
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
  constructor(private readonly services: Services) {}

  /** Completes a task, which earns draws once. */
  @Post('tasks/:taskId/completions')
  @Admitted('task')
  @HttpCode(200)
  @ApiOkResponse({ type: CompletionAnswer })
  async completeTask(
    @UserId() userId: string,
    @Param() { campaignId, taskId }: TaskParams,
    @Body() _: EmptyBody,
  ): Promise<CompletionAnswer> {
    const { activity, hops } = this.services;
    const { completionId, draws } = await callUnary(
      activity,
      activity.completeTask,
      { campaignId, userId, taskId },
      hops.activity,
    );
    return { outcome: 'OK', completionId, draws };
  }

  /** Spends a draw. The same drawId again gives the same card. */
  @Post('draws')
  @Admitted('draw')
  @HttpCode(200)
  @ApiOkResponse({ type: DrawAnswer })
  async draw(
    @UserId() userId: string,
    @Param() { campaignId }: CampaignParams,
    @Body() { drawId }: DrawBody,
  ): Promise<DrawAnswer> {
    const { cardCollection, hops } = this.services;
    const { cardId, drawsLeft } = await callUnary(
      cardCollection,
      cardCollection.draw,
      { campaignId, userId, drawId },
      hops.cardCollection,
    );
    return { outcome: 'OK', cardId, drawsLeft };
  }

  @Get('cards')
  @Admitted('cards')
  @ApiOkResponse({ type: CardsAnswer })
  async cards(@UserId() userId: string, @Param() { campaignId }: CampaignParams): Promise<CardsAnswer> {
    const { cardCollection, hops } = this.services;
    const { cards, drawsLeft, setComplete, redeemed } = await callUnary(
      cardCollection,
      cardCollection.getCards,
      { campaignId, userId },
      hops.cardCollection,
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
  @Admitted('redeem')
  @HttpCode(200)
  @ApiOkResponse({ type: RedemptionAnswer })
  async redeem(
    @UserId() userId: string,
    @Param() { campaignId }: CampaignParams,
    @Body() _: EmptyBody,
  ): Promise<RedemptionAnswer> {
    const { cardCollection, hops } = this.services;
    const { redemptionId } = await callUnary(
      cardCollection,
      cardCollection.redeem,
      { campaignId, userId },
      hops.cardCollection,
    );
    return { outcome: 'OK', redemptionId };
  }

  /** The signed right to grab. WAIT while a redemption is still on its way to it. */
  @Get('qualification')
  @Admitted('qualification')
  @ApiOkResponse({ type: QualificationAnswer })
  async qualification(@UserId() userId: string, @Param() { campaignId }: CampaignParams): Promise<QualificationAnswer> {
    const { activity, hops } = this.services;
    try {
      const { qualificationId, poolId, token } = await callUnary(
        activity,
        activity.getQualification,
        { campaignId, userId },
        hops.activity,
      );
      return { outcome: 'OK', qualificationId, poolId, token };
    } catch (error) {
      throw (await this.isQualifying(error, campaignId, userId)) ? onItsWay(error) : error;
    }
  }

  private async isQualifying(error: unknown, campaignId: string, userId: string): Promise<boolean> {
    if (!(error instanceof OutcomeError) || error.outcome !== 'NOT_QUALIFIED') return false;
    const { cardCollection, hops } = this.services;
    const { redeemed } = await callUnary(
      cardCollection,
      cardCollection.getCards,
      { campaignId, userId },
      hops.cardCollection,
    );
    return redeemed;
  }
}

function onItsWay(cause: unknown): OutcomeError {
  return new OutcomeError('WAIT', 'the qualification is on its way', { pollAfterMs: QUALIFYING_POLL_AFTER_MS, cause });
}
