import { EventConsumer, type EventPublisher } from '@floodgate/adapters/kafka';
import { type TaskCompletedV1 } from '@floodgate/contracts';
import { DATA_SOURCE, KAFKA, Lifecycle, LOG, PUBLISHER } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Kafka } from 'kafkajs';
import { type Logger } from 'pino';
import { type DataSource } from 'typeorm';
import { addDrawCredits } from '../adapters/mysql-draw-credits';
import { type CardCollectionStreams, STREAMS } from '../streams';

/** A completed task earns draws, once. */
@Injectable()
export class TaskCompletedConsumer implements OnApplicationBootstrap {
  private readonly consumer: EventConsumer<TaskCompletedV1>;

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
      consumer: `${streams.consumerPrefix}.task-completed`,
      topic: streams.topics.taskCompleted,
      deadLetterTopic: streams.deadLetterTopic,
      handle: (events, tx) =>
        addDrawCredits(
          tx,
          events.map(({ message }) => message),
        ),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    this.lifecycle.onStop(() => this.consumer.stop());
    await this.consumer.start();
  }
}
