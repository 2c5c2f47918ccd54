import { TOPICS } from '@floodgate/contracts';
import { type Clock } from '@floodgate/kernel';
import { CLOCK, Consumers, type Consumption } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { MysqlPayoutStore } from './adapters/mysql-payout-store';
import { takePublishedCampaigns } from './consumers/campaign-published.consumer';
import { takePaidOrders } from './consumers/order-paid.consumer';
import { PAYOUT_BOOKER, takeGrantedUnits } from './consumers/unit-granted.consumer';

/** A payout takes seconds anyway. */
const GRANTS_GATHER_MS = 500;

/** What this service hears from others: published campaigns, granted packets, paid orders. */
@Injectable()
export class PayoutConsumers implements OnApplicationBootstrap {
  constructor(
    private readonly store: MysqlPayoutStore,
    private readonly consumers: Consumers,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await Promise.all([
      this.consume({
        consumer: 'prize-payout.fund-pools',
        topic: TOPICS.campaignPublished,
        handle: takePublishedCampaigns(this.store),
      }),
      this.consume({
        consumer: PAYOUT_BOOKER,
        topic: TOPICS.unitGranted,
        gatherMs: GRANTS_GATHER_MS,
        ...takeGrantedUnits(this.store, this.clock),
      }),
      this.consume({
        consumer: 'prize-payout.book-income',
        topic: TOPICS.orderPaid,
        handle: takePaidOrders(this.store),
      }),
    ]);
  }

  private consume<T>(consumption: Omit<Consumption<T>, 'deadLetterTopic' | 'replayTopic'>): Promise<void> {
    return this.consumers.consume({
      deadLetterTopic: 'prize-payout.dead-letter.v1',
      replayTopic: 'prize-payout.replay.v1',
      ...consumption,
    });
  }
}
