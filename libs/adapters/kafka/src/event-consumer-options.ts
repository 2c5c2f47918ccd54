import { type Topic } from '@floodgate/contracts';
import { type Kafka } from 'kafkajs';
import { type DataSource, type EntityManager } from 'typeorm';
import { type ConsumerPace } from './consumer-pace';
import { type Log } from './kafka';
import { type EventPublisher } from './publisher';

export interface ReceivedEvent<T> {
  readonly message: T;
  readonly partition: number;
  readonly offset: string;
  /** Until when the sender of the request that caused it waits, in milliseconds since 1970; undefined when nobody does. For information. */
  readonly awaitedUntilMs: number | undefined;
}

export interface EventConsumerOptions<T> {
  readonly kafka: Kafka;
  readonly dataSource: DataSource;
  readonly publisher: EventPublisher;
  readonly log: Log;
  /** The consumer group, `<app>.<what it does>`. */
  readonly consumer: string;
  readonly topic: Topic<T>;
  /** Where a message goes that can never succeed. */
  readonly deadLetterTopic: string;
  /** Where dead letters come back from, for all consumers of the app; without it they do not. */
  readonly replayTopic?: string;
  /**
   * Messages it says no to are passed over, a whole batch of them with one statement and no transaction; by default all are
   * wanted. May throw PoisonMessage. Says the same whenever it is asked.
   */
  readonly wants?: (message: T) => boolean;
  /**
   * Writes the rows of a batch, inside the transaction that also moves the offset. May be run again after a roll-back.
   * Throw PoisonMessage for a message that can never succeed; anything else is taken as trouble that passes.
   */
  readonly handle: (events: readonly ReceivedEvent<T>[], tx: EntityManager) => Promise<void>;
  /** Called after each batch that was taken, for metrics. */
  readonly onProgress?: () => void;
  readonly sessionTimeoutMs?: number;
  /**
   * How long the broker gathers messages before it hands them over. A batch costs about the same with one message as with
   * hundreds, so a busy topic nobody waits for should gather; by default messages come at once.
   */
  readonly gatherMs?: number;
  /** Holds it back when what it does can wait; without one it goes as fast as it can. */
  readonly pace?: ConsumerPace;
  /** Partitions it takes at the same time; 1 by default. `handle` then runs for several at once, each in a transaction of its own. */
  readonly partitionsAtATime?: number;
}

/** This one message can never be taken: it goes to the dead letter and the rest goes on. */
export class PoisonMessage extends Error {}
