import { Consumers } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { addDrawCredits } from '../adapters/mysql-draw-credits';
import { type CardCollectionStreams, STREAMS } from '../streams';

/** A completed task earns draws, once. */
@Injectable()
export class TaskCompletedConsumer implements OnApplicationBootstrap {
  constructor(
    @Inject(STREAMS) private readonly streams: CardCollectionStreams,
    private readonly consumers: Consumers,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { topics, deadLetterTopic, replayTopic, consumerPrefix } = this.streams;
    await this.consumers.consume({
      consumer: `${consumerPrefix}.task-completed`,
      topic: topics.taskCompleted,
      deadLetterTopic,
      replayTopic,
      handle: (events, tx) =>
        addDrawCredits(
          tx,
          events.map(({ message }) => message),
        ),
    });
  }
}
