import { EventConsumer, type EventConsumerOptions, type EventPublisher } from '@floodgate/adapters/kafka';
import { TOPICS } from '@floodgate/contracts';
import { type Clock } from '@floodgate/kernel';
import { CLOCK, DATA_SOURCE, KAFKA, Lifecycle, LOG, PUBLISHER } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Kafka } from 'kafkajs';
import { type Logger } from 'pino';
import { type DataSource } from 'typeorm';
import { MysqlPayoutStore } from './adapters/mysql-payout-store';
import { takePublishedCampaigns } from './consumers/campaign-published.consumer';
import { takePaidOrders } from './consumers/order-paid.consumer';
import { takeGrantedUnits } from './consumers/unit-granted.consumer';

/** A payout takes seconds anyway. */
const GRANTS_GATHER_MS = 500;

/** What this service hears from others: published campaigns, granted packets, paid orders. */
@Injectable()
export class PayoutConsumers implements OnApplicationBootstrap {
  constructor(
    private readonly store: MysqlPayoutStore,
    private readonly lifecycle: Lifecycle,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(KAFKA) private readonly kafka: Kafka,
    @Inject(LOG) private readonly log: Logger,
    @Inject(PUBLISHER) private readonly publisher: EventPublisher,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await Promise.all([
      this.consume({ name: 'fund-pools', topic: TOPICS.campaignPublished, handle: takePublishedCampaigns(this.store) }),
      this.consume({
        name: 'book-payouts',
        topic: TOPICS.unitGranted,
        gatherMs: GRANTS_GATHER_MS,
        ...takeGrantedUnits(this.store, this.clock),
      }),
      this.consume({ name: 'book-income', topic: TOPICS.orderPaid, handle: takePaidOrders(this.store) }),
    ]);
  }

  private async consume<T>({
    name,
    ...options
  }: Pick<EventConsumerOptions<T>, 'topic' | 'wants' | 'handle' | 'gatherMs'> & { name: string }): Promise<void> {
    const consumer = new EventConsumer({
      kafka: this.kafka,
      dataSource: this.dataSource,
      publisher: this.publisher,
      log: this.log,
      consumer: `prize-payout.${name}`,
      deadLetterTopic: 'prize-payout.dead-letter.v1',
      ...options,
    });
    this.lifecycle.onStop(() => consumer.stop());
    await consumer.start();
  }
}
