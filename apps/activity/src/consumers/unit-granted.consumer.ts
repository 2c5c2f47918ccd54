import { notTakenBefore, type ReceivedEvent } from '@floodgate/adapters/kafka';
import { type UnitGrantedV1 } from '@floodgate/contracts';
import { type Clock } from '@floodgate/kernel';
import { CLOCK, Consumers } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { spendQualifications } from '../adapters/mysql-qualifications';
import { type ActivityStreams, STREAMS } from '../streams';

/** Whoever asks for a qualification sees this late that it is spent; the stock log alone decides whether it is. */
const GATHER_MS = 1_000;

/** A qualification that has led to a unit is spent. A unit of a sale comes without one. */
@Injectable()
export class UnitGrantedConsumer implements OnApplicationBootstrap {
  private readonly name: string;

  constructor(
    @Inject(STREAMS) private readonly streams: ActivityStreams,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly consumers: Consumers,
  ) {
    this.name = `${streams.consumerPrefix}.unit-granted`;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { topics, deadLetterTopic, replayTopic } = this.streams;
    await this.consumers.consume({
      consumer: this.name,
      topic: topics.unitGranted,
      deadLetterTopic,
      replayTopic,
      gatherMs: GATHER_MS,
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
