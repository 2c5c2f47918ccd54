import { EventConsumer, type EventPublisher, notTakenBefore, type ReceivedEvent } from '@floodgate/adapters/kafka';
import { type UnitGrantedV1 } from '@floodgate/contracts';
import { type Clock } from '@floodgate/kernel';
import { CLOCK, DATA_SOURCE, KAFKA, Lifecycle, LOG, PUBLISHER } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Kafka } from 'kafkajs';
import { type Logger } from 'pino';
import { type DataSource, type EntityManager } from 'typeorm';
import { spendQualifications } from '../adapters/mysql-qualifications';
import { type ActivityStreams, STREAMS } from '../streams';

/** Whoever asks for a qualification sees this late that it is spent; the stock log alone decides whether it is. */
const GATHER_MS = 1_000;

/** A qualification that has led to a unit is spent. A unit of a sale comes without one. */
@Injectable()
export class UnitGrantedConsumer implements OnApplicationBootstrap {
  private readonly consumer: EventConsumer<UnitGrantedV1>;
  private readonly name: string;

  constructor(
    @Inject(KAFKA) kafka: Kafka,
    @Inject(DATA_SOURCE) dataSource: DataSource,
    @Inject(PUBLISHER) publisher: EventPublisher,
    @Inject(LOG) log: Logger,
    @Inject(STREAMS) streams: ActivityStreams,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
  ) {
    this.name = `${streams.consumerPrefix}.unit-granted`;
    this.consumer = new EventConsumer({
      kafka,
      dataSource,
      publisher,
      log,
      consumer: this.name,
      topic: streams.topics.unitGranted,
      deadLetterTopic: streams.deadLetterTopic,
      gatherMs: GATHER_MS,
      wants: ({ qualificationId }) => qualificationId !== '',
      handle: (events, tx) => this.take(events, tx),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    this.lifecycle.onStop(() => this.consumer.stop());
    await this.consumer.start();
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
