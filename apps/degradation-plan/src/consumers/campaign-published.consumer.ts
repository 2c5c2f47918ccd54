import { PoisonMessage, type ReceivedEvent } from '@floodgate/adapters/kafka';
import { type CampaignPublishedV1 } from '@floodgate/contracts';
import { t0Of } from '@floodgate/domain/degradation-plan';
import { Consumers } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { addCampaigns, type PublishedCampaign } from '../adapters/mysql-campaigns';
import { type PlanStreams, STREAMS } from '../streams';

/** A published campaign brings its T0, from which its policy file is made. */
@Injectable()
export class CampaignPublishedConsumer implements OnApplicationBootstrap {
  constructor(
    @Inject(STREAMS) private readonly streams: PlanStreams,
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
  await addCampaigns(
    tx,
    events.map(({ message }) => fromMessage(message)),
  );
}

function fromMessage({ campaignId, campaign }: CampaignPublishedV1): PublishedCampaign {
  const timeline = campaign?.timeline;
  if (timeline === undefined) throw new PoisonMessage(`campaign ${campaignId} has no timeline`);
  const opensAtMs = Number(timeline.opensAtMs);
  const t0Ms = t0Of({ opensAtMs, splitAtMs: Number(timeline.splitAtMs) });
  return { campaignId, t0Ms, settleByMs: Number(timeline.settleByMs) };
}
