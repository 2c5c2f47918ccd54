import { PoisonMessage, type ReceivedEvent } from '@floodgate/adapters/kafka';
import { type SetRedeemedV1 } from '@floodgate/contracts';
import { QualifyUsers, type RefusedRedemption } from '@floodgate/domain/activity';
import { type Clock, type IdSource } from '@floodgate/kernel';
import { CLOCK, Consumers, IDS, LOG } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Logger } from 'pino';
import { type EntityManager } from 'typeorm';
import { MysqlQualificationBook } from '../adapters/mysql-qualification-book';
import { type ActivityStreams, STREAMS } from '../streams';

/** Redeemed sets become qualifications. */
@Injectable()
export class SetRedeemedConsumer implements OnApplicationBootstrap {
  constructor(
    @Inject(LOG) private readonly log: Logger,
    @Inject(STREAMS) private readonly streams: ActivityStreams,
    @Inject(IDS) private readonly ids: IdSource,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly consumers: Consumers,
    private readonly qualifyUsers: QualifyUsers,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { topics, deadLetterTopic, replayTopic, consumerPrefix } = this.streams;
    await this.consumers.consume({
      consumer: `${consumerPrefix}.set-redeemed`,
      topic: topics.setRedeemed,
      deadLetterTopic,
      replayTopic,
      handle: (events, tx) => this.take(events, tx),
    });
  }

  private async take(events: readonly ReceivedEvent<SetRedeemedV1>[], tx: EntityManager): Promise<void> {
    const redemptions = events.map(({ message }) => ({
      eventId: message.eventId,
      campaignId: message.campaignId,
      userId: message.userId,
      redemptionId: message.redemptionId,
      redeemedAtMs: Number(message.occurredAtMs),
    }));
    const book = new MysqlQualificationBook(tx, this.ids, this.clock, this.streams);
    const refused = await this.qualifyUsers.run(redemptions, book);
    for (const refusal of refused) this.tell(refusal);
  }

  private tell({ redeemed, reason }: RefusedRedemption): void {
    const { campaignId, userId, redemptionId } = redeemed;
    switch (reason) {
      case 'ALREADY_QUALIFIED':
        return;
      case 'OUTSIDE_WINDOW':
      case 'COUNTED_BEFORE':
        this.log.warn({ campaignId, userId, redemptionId, reason }, 'redemption does not qualify');
        return;
      case 'UNKNOWN_CAMPAIGN':
      case 'NO_POOL':
        throw new PoisonMessage(`redemption ${redemptionId} of campaign ${campaignId}: ${reason}`);
    }
  }
}
