import { setTimeout as sleep } from 'node:timers/promises';
import { type Topic } from '@floodgate/contracts';
import { inTransaction, isRefusedForItsValues } from '@floodgate/adapters/mysql';
import { type EachBatchPayload, type Kafka, type KafkaMessage } from 'kafkajs';
import { type DataSource, type EntityManager } from 'typeorm';
import { ConsumerOffsets } from './consumer-offsets';
import { EnduringConsumer, gathering, withHeartbeat } from './enduring-consumer';
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
   * Messages it says no to are passed over, a whole batch of them with one statement and no transaction; by default all are
   * wanted. May throw PoisonMessage. Says the same whenever it is asked.
   */
  readonly wants?: (message: T) => boolean;
  /**
   * Writes the rows of a batch, inside the transaction that also moves the offset. May be run again after a roll-back.
   * Throw PoisonMessage for a message that can never succeed; anything else is taken as trouble that passes.
   */
  readonly handle: (events: readonly ReceivedEvent<T>[], tx: EntityManager) => Promise<void>;
  /** Called after each batch that was taken, for liveness and metrics. */
  readonly onProgress?: () => void;
  readonly sessionTimeoutMs?: number;
  /**
   * How long the broker gathers messages before it hands them over. A batch costs about the same with one message as with
   * hundreds, so a busy topic nobody waits for should gather; by default messages come at once.
   */
  readonly gatherMs?: number;
}

/** This one message can never be taken: it goes to the dead letter and the rest goes on. */
export class PoisonMessage extends Error {}

interface BatchContext {
  readonly partition: number;
  readonly active: () => boolean;
}

/** MySQL and the batch at hand do not meet: reading goes on at `nextOffset`. */
class OutOfStep extends Error {
  constructor(readonly nextOffset: number) {
    super(`MySQL stands at ${nextOffset}`);
  }
}

const RETRY_MS_MAX = 5_000;
const REFUSALS_MAX = 5;
const COMMIT_EVERY_MS = 5_000;

/**
 * Consumes a topic in batches, exactly once in effect: rows and the next offset are committed in one MySQL transaction,
 * which locks the offset first, so a batch that is delivered twice, or to two instances, is taken once. Kafka's own
 * committed offset only says where to look first, and how far we are to whoever asks Kafka.
 */
export class EventConsumer<T> {
  private readonly consumer: EnduringConsumer;
  private readonly offsets: ConsumerOffsets;
  private stopping = false;
  private readonly soughtTo = new Map<number, number>();
  private readonly committedAt = new Map<number, number>();

  constructor(private readonly options: EventConsumerOptions<T>) {
    const { kafka, log, topic, consumer: groupId } = options;
    this.offsets = new ConsumerOffsets(groupId, topic.name);
    const config = { groupId, sessionTimeout: options.sessionTimeoutMs ?? 10_000, ...gathering(options.gatherMs) };
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
    const { partition, messages } = batch;
    const last = messages.at(-1);
    if (last === undefined) return;
    const to = { partition, active: () => isRunning() && !isStale() && !this.stopping };
    try {
      if (!(await this.takeMessages(to, messages))) return;
    } catch (error) {
      if (!(error instanceof OutOfStep)) throw error;
      this.seek(partition, error.nextOffset);
      return;
    }
    this.options.onProgress?.();
    await this.commit(partition, Number(last.offset) + 1);
  }

  private seek(partition: number, nextOffset: number): void {
    const topic = this.options.topic.name;
    this.soughtTo.set(partition, nextOffset);
    this.consumer.current.seek({ topic, partition, offset: String(nextOffset) });
  }

  private async commit(partition: number, nextOffset: number): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - (this.committedAt.get(partition) ?? -Infinity) < COMMIT_EVERY_MS) return;
    this.committedAt.set(partition, nowMs);
    const topic = this.options.topic.name;
    await this.consumer.current.commitOffsets([{ topic, partition, offset: String(nextOffset) }]);
  }

  /** True when every message is taken or set aside; false when this consumer must stop before that. */
  private async takeMessages(
    to: BatchContext,
    messages: readonly KafkaMessage[],
    refusalsMax = REFUSALS_MAX,
  ): Promise<boolean> {
    for (let attempt = 1; to.active(); attempt++) {
      try {
        await this.take(to.partition, messages);
        return true;
      } catch (error) {
        if (error instanceof OutOfStep) throw error;
        if (error instanceof PoisonMessage || (isRefusedForItsValues(error) && attempt >= refusalsMax)) {
          if (messages.length > 1) return this.takeHalves(to, messages);
          return this.setAside(to, messages, error);
        }
        await this.pause(to, error, attempt, 'batch not taken, trying again');
      }
    }
    return false;
  }

  /** So that only the message at fault is set aside. */
  private async takeHalves(to: BatchContext, messages: readonly KafkaMessage[]): Promise<boolean> {
    const middle = Math.ceil(messages.length / 2);
    for (const half of [messages.slice(0, middle), messages.slice(middle)]) {
      // What refused the whole was patient enough; only the last verdict, on one message, is worth waiting for again.
      if (!(await this.takeMessages(to, half, half.length > 1 ? 1 : REFUSALS_MAX))) return false;
    }
    return true;
  }

  private async pause(to: BatchContext, error: unknown, attempt: number, message: string): Promise<void> {
    const fields = { err: error, topic: this.options.topic.name, partition: to.partition, attempt };
    this.options.log.warn(fields, message);
    await sleep(Math.min(RETRY_MS_MAX, 50 * 2 ** attempt) * (0.5 + Math.random() / 2));
  }

  private async take(partition: number, messages: readonly KafkaMessage[]): Promise<void> {
    const events = messages.map((message) => this.parse(partition, message));
    const { wants = () => true } = this.options;
    const wanted = events.filter(({ message }) => wants(message));
    const first = Number(messages[0]?.offset);
    const last = Number(messages.at(-1)?.offset);
    if (wanted.length === 0 && (await this.offsets.pass(this.options.dataSource, partition, first, last))) return;
    await this.takeInTransaction(partition, wanted, first, last);
  }

  /** One transaction: rows and offset. What another delivery has taken already is left out. */
  private async takeInTransaction(
    partition: number,
    events: readonly ReceivedEvent<T>[],
    first: number,
    last: number,
  ): Promise<void> {
    await inTransaction(this.options.dataSource, async (tx) => {
      const nextOffset = await this.offsets.lock(tx, partition);
      this.compare(partition, nextOffset, first, last);
      const fresh = events.filter(({ offset }) => Number(offset) >= nextOffset);
      if (fresh.length > 0) await this.options.handle(fresh, tx);
      await this.offsets.move(tx, partition, last + 1);
    });
  }

  /**
   * Throws OutOfStep when MySQL has taken all of the batch, or less than what comes before it (a restored backup). A gap that
   * is still there after reading where MySQL stands is one of the log itself: retention has removed it.
   */
  private compare(partition: number, nextOffset: number, first: number, last: number): void {
    if (nextOffset > last) throw new OutOfStep(nextOffset);
    if (first <= nextOffset) return;
    if (this.soughtTo.get(partition) !== nextOffset) throw new OutOfStep(nextOffset);
    const fields = { topic: this.options.topic.name, partition, nextOffset, firstOffset: first };
    this.options.log.warn(fields, 'messages are gone from the log');
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
        const nextOffset = await this.offsets.lock(tx, partition);
        if (Number(message.offset) >= nextOffset) await this.offsets.move(tx, partition, Number(message.offset) + 1);
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
}
