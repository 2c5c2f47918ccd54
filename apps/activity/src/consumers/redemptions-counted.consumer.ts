import { Consumers } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { noteRedemptions } from '../adapters/mysql-shares-to-fix';
import { type ActivityStreams, STREAMS } from '../streams';

/** How many redemptions there were: the shares of everyone qualified wait for it. */
@Injectable()
export class RedemptionsCountedConsumer implements OnApplicationBootstrap {
  constructor(
    @Inject(STREAMS) private readonly streams: ActivityStreams,
    private readonly consumers: Consumers,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { topics, deadLetterTopic, replayTopic, consumerPrefix } = this.streams;
    await this.consumers.consume({
      consumer: `${consumerPrefix}.redemptions-counted`,
      topic: topics.redemptionsCounted,
      deadLetterTopic,
      replayTopic,
      handle: async (events, tx) => {
        for (const { message } of events) await noteRedemptions(tx, message);
      },
    });
  }
}
