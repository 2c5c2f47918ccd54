import { TOPICS } from '@floodgate/contracts';
import { type Clock } from '@floodgate/kernel';
import {
  CLOCK,
  Consumers,
  type Consumption,
  DATA_SOURCE,
  Lifecycle,
  LOG,
  PlanFollower,
  PlannedPace,
} from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Logger } from 'pino';
import { type DataSource } from 'typeorm';
import { unsettledCampaigns } from './adapters/unsettled-campaigns';
import { MysqlPayoutStore } from './adapters/mysql-payout-store';
import { takePublishedCampaigns } from './consumers/campaign-published.consumer';
import { takePaidOrders } from './consumers/order-paid.consumer';
import { PAYOUT_BOOKER, takeGrantedUnits } from './consumers/unit-granted.consumer';

/** A payout takes seconds anyway. */
const GRANTS_GATHER_MS = 500;

/** Of what the plan may slow down: as many as it usually takes, for it to be able to let fewer. */
const PARTITIONS_AT_A_TIME = 3;

/** What this service hears from others: published campaigns, granted packets, paid orders. */
@Injectable()
export class PayoutConsumers implements OnApplicationBootstrap {
  private readonly pace: PlannedPace;

  constructor(
    private readonly store: MysqlPayoutStore,
    private readonly consumers: Consumers,
    private readonly lifecycle: Lifecycle,
    plan: PlanFollower,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(DATA_SOURCE) dataSource: DataSource,
    @Inject(LOG) log: Logger,
  ) {
    const campaigns = () => unsettledCampaigns(dataSource, clock.nowMs());
    this.pace = new PlannedPace({ plan, campaigns, log });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.pace.start();
    this.lifecycle.onStop(() => this.pace.stop());
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
        pace: this.pace.of('payout'),
        partitionsAtATime: PARTITIONS_AT_A_TIME,
        ...takeGrantedUnits(this.store, this.clock),
      }),
      this.consume({
        consumer: 'prize-payout.book-income',
        topic: TOPICS.orderPaid,
        pace: this.pace.of('income'),
        partitionsAtATime: PARTITIONS_AT_A_TIME,
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
