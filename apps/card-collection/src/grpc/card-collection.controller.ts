import { type cardCollectionV1 } from '@floodgate/contracts';
import { DrawCard, GetCards, RedeemSet } from '@floodgate/domain/card-collection';
import { validate } from '@floodgate/nest-kit';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { drawRequest, refused, userRequest } from './requests';

@Controller()
export class CardCollectionController {
  constructor(
    private readonly drawCard: DrawCard,
    private readonly getCards: GetCards,
    private readonly redeemSet: RedeemSet,
  ) {}

  @GrpcMethod('CardCollectionService', 'Draw')
  async draw(request: cardCollectionV1.DrawRequest): Promise<cardCollectionV1.DrawResponse> {
    const result = await this.drawCard.run(validate(drawRequest, request));
    if (result.outcome !== 'OK') throw refused(result);
    return { cardId: result.cardId, drawsLeft: result.drawsLeft };
  }

  @GrpcMethod('CardCollectionService', 'GetCards')
  async cards(request: cardCollectionV1.GetCardsRequest): Promise<cardCollectionV1.GetCardsResponse> {
    const { campaignId, userId } = validate(userRequest, request);
    const result = await this.getCards.run(campaignId, userId);
    if (result.outcome !== 'OK') throw refused(result);
    const { cards, drawsLeft, setComplete, redeemed } = result;
    return { cards: [...cards], drawsLeft, setComplete, redeemed };
  }

  @GrpcMethod('CardCollectionService', 'Redeem')
  async redeem(request: cardCollectionV1.RedeemRequest): Promise<cardCollectionV1.RedeemResponse> {
    const { campaignId, userId } = validate(userRequest, request);
    const result = await this.redeemSet.run(campaignId, userId);
    if (result.outcome !== 'OK') throw refused(result);
    return { redemptionId: result.redemptionId };
  }
}
