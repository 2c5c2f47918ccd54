import { PoisonMessage, type ReceivedEvent } from '@floodgate/adapters/kafka';
import { type CampaignPublishedV1 } from '@floodgate/contracts';
import { Consumers } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { addCardCampaigns, type NewCardCampaign } from '../adapters/mysql-card-campaigns';
import { type CardCollectionStreams, STREAMS } from '../streams';

/** A published campaign brings its cards and their budgets. A sale brings none, and is kept so that it is known. */
@Injectable()
export class CampaignPublishedConsumer implements OnApplicationBootstrap {
  constructor(
    @Inject(STREAMS) private readonly streams: CardCollectionStreams,
    private readonly consumers: Consumers,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { topics, deadLetterTopic, replayTopic, consumerPrefix } = this.streams;
    await this.consumers.consume({
      consumer: `${consumerPrefix}.campaign-published`,
      topic: topics.campaignPublished,
      deadLetterTopic,
      replayTopic,
      handle: (events, tx) => take(events, tx),
    });
  }
}

async function take(events: readonly ReceivedEvent<CampaignPublishedV1>[], tx: EntityManager): Promise<void> {
  await addCardCampaigns(
    tx,
    events.map(({ message }) => fromMessage(message)),
  );
}

function fromMessage({ campaignId, campaign }: CampaignPublishedV1): NewCardCampaign {
  const timeline = campaign?.timeline;
  if (campaign === undefined || timeline === undefined)
    throw new PoisonMessage(`campaign ${campaignId} has no timeline`);
  return {
    campaignId,
    opensAtMs: Number(timeline.opensAtMs),
    qualifyUntilMs: Number(timeline.qualifyUntilMs),
    cards: campaign.cards.map(({ cardId, weight, budget }) => ({ cardId, weight, budget })),
  };
}
