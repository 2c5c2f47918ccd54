import { setTimeout as sleep } from 'node:timers/promises';
import { type Topic } from '@floodgate/contracts';
import { execute, inTransaction, isRefusedForItsValues, selectRows } from '@floodgate/adapters/mysql';
import { type EachBatchPayload, type Kafka, type KafkaMessage } from 'kafkajs';
import { type DataSource, type EntityManager } from 'typeorm';
import { EnduringConsumer, withHeartbeat } from './enduring-consumer';
import { type Log } from './kafka';
import { type EventPublisher } from './publisher';

export interface ReceivedEvent<T> {
  readonly message: T;
  readonly partition: number;
  readonly offset: string;
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
  /**
   * Writes the rows of a batch, inside the transaction that also moves the offset. May be run again after a roll-back.
   * Throw PoisonMessage for a message that can never succeed; anything else is taken as trouble that passes.
   */
  readonly handle: (events: readonly ReceivedEvent<T>[], tx: EntityManager) => Promise<void>;
  /** Called after each batch that was taken, for liveness and metrics. */
  readonly onProgress?: () => void;
  readonly sessionTimeoutMs?: number;
}

/** This one message can never be taken: it goes to the dead letter and the rest goes on. */
export class PoisonMessage extends Error {}

interface BatchContext {
  readonly partition: number;
  readonly active: () => boolean;
}

const RETRY_MS_MAX = 5_000;
const REFUSALS_MAX = 5;

/**
 * Consumes a topic in batches, exactly once in effect: rows and the next offset are committed in one MySQL transaction,
 * which locks the offset first, so a batch that is delivered twice, or to two instances, is taken once. Kafka's own
 * committed offset only speeds up a restart.
 */
export class EventConsumer<T> {
  private readonly consumer: EnduringConsumer;
  private stopping = false;
  private readonly soughtTo = new Map<number, number>();

  constructor(private readonly options: EventConsumerOptions<T>) {
    const { kafka, log, topic, consumer: groupId } = options;
    const config = { groupId, sessionTimeout: options.sessionTimeoutMs ?? 10_000, maxWaitTimeInMs: 250 };
    this.consumer = new EnduringConsumer(kafka, config, log, async (consumer) => {
      await consumer.connect();
      await consumer.subscribe({ topic: topic.name, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: (payload) => withHeartbeat(payload, () => this.takeBatch(payload)),
      });
    });
  }

  async start(): Promise<void> {
    await this.consumer.start();
  }

  /** Resolves when the batch in hand is committed or rolled back. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.consumer.stop();
  }

  private async takeBatch({ batch, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = batch;
    const first = messages[0];
    const last = messages.at(-1);
    if (first === undefined || last === undefined) return;
    const to = { partition, active: () => isRunning() && !isStale() && !this.stopping };
    const inOrder = await this.insist(to, 'stored offset not read', () =>
      this.inOrder(partition, Number(first.offset)),
    );
    if (inOrder !== true || !(await this.takeMessages(to, messages))) return;
    await this.consumer.current.commitOffsets([{ topic, partition, offset: String(Number(last.offset) + 1) }]);
    this.options.onProgress?.();
  }

  /**
   * False when MySQL has taken less than Kafka's group believes (a restored backup): reading then starts again where MySQL
   * stands. A gap that is still there after that is one of the log itself: retention has removed it.
   */
  private async inOrder(partition: number, firstOffset: number): Promise<boolean> {
    const topic = this.options.topic.name;
    const nextOffset = await this.storedOffset(partition);
    if (firstOffset <= nextOffset) return true;
    if (this.soughtTo.get(partition) === nextOffset) {
      this.options.log.warn({ topic, partition, nextOffset, firstOffset }, 'messages are gone from the log');
      return true;
    }
    this.soughtTo.set(partition, nextOffset);
    this.consumer.current.seek({ topic, partition, offset: String(nextOffset) });
    return false;
  }

  /** True when every message is taken or set aside; false when this consumer must stop before that. */
  private async takeMessages(to: BatchContext, messages: readonly KafkaMessage[]): Promise<boolean> {
    for (let attempt = 1; to.active(); attempt++) {
      try {
        await this.takeInTransaction(to.partition, messages);
        return true;
      } catch (error) {
        if (error instanceof PoisonMessage || (isRefusedForItsValues(error) && attempt >= REFUSALS_MAX)) {
          if (messages.length > 1) return this.takeOneByOne(to, messages);
          return this.setAside(to, messages, error);
        }
        await this.pause(to, error, attempt, 'batch not taken, trying again');
      }
    }
    return false;
  }

  /** So that only the message at fault is set aside. */
  private async takeOneByOne(to: BatchContext, messages: readonly KafkaMessage[]): Promise<boolean> {
    for (const message of messages) {
      if (!(await this.takeMessages(to, [message]))) return false;
    }
    return true;
  }

  private async pause(to: BatchContext, error: unknown, attempt: number, message: string): Promise<void> {
    const fields = { err: error, topic: this.options.topic.name, partition: to.partition, attempt };
    this.options.log.warn(fields, message);
    await sleep(Math.min(RETRY_MS_MAX, 50 * 2 ** attempt) * (0.5 + Math.random() / 2));
  }

  /** One transaction: rows and offset. What another delivery has taken already is left out. */
  private async takeInTransaction(partition: number, messages: readonly KafkaMessage[]): Promise<void> {
    await inTransaction(this.options.dataSource, async (tx) => {
      const nextOffset = await this.lockOffset(tx, partition);
      const fresh = messages.filter((message) => Number(message.offset) >= nextOffset);
      const last = fresh.at(-1);
      if (last === undefined) return;
      await this.options.handle(
        fresh.map((message) => this.parse(partition, message)),
        tx,
      );
      await this.moveOffset(tx, partition, Number(last.offset) + 1);
    });
  }

  /** To the dead letter, and past it. Tried until it succeeds: a message is never dropped in silence. */
  private async setAside(to: BatchContext, messages: readonly KafkaMessage[], cause: unknown): Promise<boolean> {
    const { log, publisher, topic, consumer, deadLetterTopic } = this.options;
    const [message] = messages;
    if (message === undefined) return true;
    const { partition } = to;
    const done = await this.insist(to, 'dead letter not written', async () => {
      await publisher.sendRaw([
        {
          topic: deadLetterTopic,
          key: message.key?.toString() ?? '',
          value: message.value?.toString() ?? '',
          headers: {
            'fg-topic': topic.name,
            'fg-partition': String(partition),
            'fg-offset': message.offset,
            'fg-consumer': consumer,
            'fg-error': cause instanceof Error ? cause.message : String(cause),
          },
        },
      ]);
      await inTransaction(this.options.dataSource, async (tx) => {
        const nextOffset = await this.lockOffset(tx, partition);
        if (Number(message.offset) >= nextOffset) await this.moveOffset(tx, partition, Number(message.offset) + 1);
      });
      return true;
    });
    if (done === undefined) return false;
    const position = { topic: topic.name, partition, offset: message.offset };
    log.error({ err: cause, ...position }, 'message set aside as dead letter');
    return true;
  }

  /** Tries until `work` succeeds; undefined when this consumer must stop before that. */
  private async insist<R>(to: BatchContext, trouble: string, work: () => Promise<R>): Promise<R | undefined> {
    for (let attempt = 1; to.active(); attempt++) {
      try {
        return await work();
      } catch (error) {
        await this.pause(to, error, attempt, trouble);
      }
    }
    return undefined;
  }

  private parse(partition: number, message: KafkaMessage): ReceivedEvent<T> {
    try {
      const parsed = this.options.topic.codec.fromJSON(JSON.parse(message.value?.toString() ?? ''));
      return { message: parsed, partition, offset: message.offset };
    } catch (cause) {
      throw new PoisonMessage(`not a message of ${this.options.topic.name}`, { cause });
    }
  }

  private async storedOffset(partition: number): Promise<number> {
    const [row] = await selectRows<{ nextOffset: number }>(
      this.options.dataSource,
      'SELECT next_offset AS nextOffset FROM consumer_offsets WHERE consumer = ? AND topic = ? AND partition_no = ?',
      [this.options.consumer, this.options.topic.name, partition],
    );
    return Number(row?.nextOffset ?? 0);
  }

  private async lockOffset(tx: EntityManager, partition: number): Promise<number> {
    const key = [this.options.consumer, this.options.topic.name, partition];
    await execute(
      tx,
      `INSERT INTO consumer_offsets (consumer, topic, partition_no, next_offset) VALUES (?, ?, ?, 0)
       ON DUPLICATE KEY UPDATE consumer = consumer`,
      key,
    );
    const [row] = await selectRows<{ nextOffset: number }>(
      tx,
      `SELECT next_offset AS nextOffset FROM consumer_offsets
       WHERE consumer = ? AND topic = ? AND partition_no = ? FOR UPDATE`,
      key,
    );
    if (row === undefined) throw new Error('the offset row vanished');
    return Number(row.nextOffset);
  }

  private async moveOffset(tx: EntityManager, partition: number, next: number): Promise<void> {
    await execute(
      tx,
      'UPDATE consumer_offsets SET next_offset = ? WHERE consumer = ? AND topic = ? AND partition_no = ?',
      [next, this.options.consumer, this.options.topic.name, partition],
    );
  }
}
