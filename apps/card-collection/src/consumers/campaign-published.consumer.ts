import { EventConsumer, type EventPublisher, PoisonMessage, type ReceivedEvent } from '@floodgate/adapters/kafka';
import { type CampaignPublishedV1 } from '@floodgate/contracts';
import { DATA_SOURCE, KAFKA, Lifecycle, LOG, PUBLISHER } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Kafka } from 'kafkajs';
import { type Logger } from 'pino';
import { type DataSource, type EntityManager } from 'typeorm';
import { addCardCampaigns, type NewCardCampaign } from '../adapters/mysql-card-campaigns';
import { type CardCollectionStreams, STREAMS } from '../streams';

/** A published campaign brings its cards and their budgets. A sale brings none, and is kept so that it is known. */
@Injectable()
export class CampaignPublishedConsumer implements OnApplicationBootstrap {
  private readonly consumer: EventConsumer<CampaignPublishedV1>;

  constructor(
    @Inject(KAFKA) kafka: Kafka,
    @Inject(DATA_SOURCE) dataSource: DataSource,
    @Inject(PUBLISHER) publisher: EventPublisher,
    @Inject(LOG) log: Logger,
    @Inject(STREAMS) streams: CardCollectionStreams,
    private readonly lifecycle: Lifecycle,
  ) {
    this.consumer = new EventConsumer({
      kafka,
      dataSource,
      publisher,
      log,
      consumer: `${streams.consumerPrefix}.campaign-published`,
      topic: streams.topics.campaignPublished,
      deadLetterTopic: streams.deadLetterTopic,
      handle: (events, tx) => take(events, tx),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    this.lifecycle.onStop(() => this.consumer.stop());
    await this.consumer.start();
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
