import { notTakenBefore, type ReceivedEvent } from '@floodgate/adapters/kafka';
import { type UnitGrantedV1 } from '@floodgate/contracts';
import { t0Ms } from '@floodgate/domain/activity';
import { type Clock } from '@floodgate/kernel';
import { CLOCK, Consumers, Lifecycle, LOG, PlanFollower, PlannedPace } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Logger } from 'pino';
import { type EntityManager } from 'typeorm';
import { MysqlCampaignStore } from '../adapters/mysql-campaign-store';
import { spendQualifications } from '../adapters/mysql-qualifications';
import { type ActivityStreams, STREAMS } from '../streams';

/** Whoever asks for a qualification sees this late that it is spent; the stock log alone decides whether it is. */
const GATHER_MS = 1_000;

/** As many as it usually takes, for the plan to be able to let fewer. */
const PARTITIONS_AT_A_TIME = 3;

/** A qualification that has led to a unit is spent. A unit of a sale comes without one. */
@Injectable()
export class UnitGrantedConsumer implements OnApplicationBootstrap {
  private readonly name: string;
  private readonly pace: PlannedPace;

  constructor(
    @Inject(STREAMS) private readonly streams: ActivityStreams,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly consumers: Consumers,
    private readonly lifecycle: Lifecycle,
    store: MysqlCampaignStore,
    plan: PlanFollower,
    @Inject(LOG) log: Logger,
  ) {
    this.name = `${streams.consumerPrefix}.unit-granted`;
    const campaigns = async () => {
      const published = await store.listPublished(clock.nowMs());
      return published.map((campaign) => ({ campaignId: campaign.campaignId, t0Ms: t0Ms(campaign) }));
    };
    this.pace = new PlannedPace({ plan, campaigns, log });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.pace.start();
    this.lifecycle.onStop(() => this.pace.stop());
    const { topics, deadLetterTopic, replayTopic } = this.streams;
    await this.consumers.consume({
      consumer: this.name,
      topic: topics.unitGranted,
      deadLetterTopic,
      replayTopic,
      gatherMs: GATHER_MS,
      pace: this.pace.of('spent-qualifications'),
      partitionsAtATime: PARTITIONS_AT_A_TIME,
      wants: ({ qualificationId }) => qualificationId !== '',
      handle: (events, tx) => this.take(events, tx),
    });
  }

  private async take(events: readonly ReceivedEvent<UnitGrantedV1>[], tx: EntityManager): Promise<void> {
    const fresh = await notTakenBefore(
      tx,
      this.name,
      events.map(({ message }) => message),
    );
    const ids = fresh.map(({ qualificationId }) => qualificationId);
    await spendQualifications(tx, ids, this.clock.nowMs());
  }
}
