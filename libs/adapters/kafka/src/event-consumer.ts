import { setTimeout as sleep } from 'node:timers/promises';
import { isRefusedForItsValues } from '@floodgate/adapters/mysql';
import { type Admin, type Consumer, type EachBatchPayload, type KafkaMessage } from 'kafkajs';
import { ConsumerOffsets } from './consumer-offsets';
import { EnduringConsumer, gathering, withHeartbeat } from './enduring-consumer';
import { type EventConsumerOptions, PoisonMessage } from './event-consumer-options';
import { OutOfStep, PartitionIntake } from './partition-intake';
import { compareTopic, OtherLog } from './topic-identity';
import { type Watched } from './progress-watchdog';
import { whenKafkaAnswers } from './when-kafka-answers';

interface BatchContext<T> {
  readonly intake: PartitionIntake<T>;
  readonly topic: string;
  readonly partition: number;
  /** Of the log, exclusive, when the batch was read. */
  readonly end: number;
  readonly active: () => boolean;
}

const RETRY_MS_MAX = 5_000;
const REFUSALS_MAX = 5;
/** Attempts that fail after one another until it is said aloud. */
const TROUBLE_AFTER_ATTEMPTS = 5;
const COMMIT_EVERY_MS = 5_000;
/** A batch that is taken slowly on purpose is left after this long, and fetched again: a group that changes waits for no batch that long. */
const PACED_BATCH_MS_MAX = 5_000;

/**
 * Consumes a topic in batches, exactly once in effect: rows and the next offset are committed in one MySQL transaction,
 * which locks the offset first, so a batch that is delivered twice, or to two instances, is taken once. Kafka's own
 * committed offset only tells whoever asks Kafka how far we are.
 */
export class EventConsumer<T> implements Watched {
  private readonly consumer: EnduringConsumer;
  private stopping = false;
  private readonly intakes = new Map<string, PartitionIntake<T>>();
  private readonly committedAt = new Map<string, number>();
  private readonly troubles = new Map<string, string>();
  private assigned: ReadonlyMap<string, readonly number[]> = new Map();
  private haltedBy: string | undefined;
  private signs = 0;

  constructor(private readonly options: EventConsumerOptions<T>) {
    const { kafka, log, consumer: groupId } = options;
    const config = { groupId, sessionTimeout: options.sessionTimeoutMs ?? 10_000, ...gathering(options.gatherMs) };
    this.consumer = new EnduringConsumer(
      kafka,
      () => config,
      log,
      (consumer) => this.run(consumer),
    );
  }

  get name(): string {
    return this.options.consumer;
  }

  /** Why it does not consume, until somebody has looked and starts it again; undefined while it does. */
  get halted(): string | undefined {
    return this.haltedBy;
  }

  /** What it tries in vain at the moment, again and again; undefined when nothing. */
  get trouble(): string | undefined {
    const [first] = this.troubles.values();
    return first;
  }

  get signsOfLife(): number {
    return this.signs;
  }

  /** Resolves when it consumes, or has halted because the topic is not the one it knows. */
  async start(): Promise<void> {
    try {
      await whenKafkaAnswers(this.options.log, () => this.compareTopics());
    } catch (error) {
      if (!(error instanceof OtherLog)) throw error;
      this.sayHalted(error);
      return;
    }
    await this.consumer.start();
  }

  /** Resolves when the batch in hand is committed or rolled back. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.consumer.stop();
  }

  /** Messages of this instance's partitions that are not taken yet. Throws when Kafka or MySQL does not answer. */
  async lag(admin: Admin): Promise<number> {
    let lag = 0;
    for (const [topic, partitions] of this.assigned) {
      const taken = await new ConsumerOffsets(this.name, topic).read(this.options.dataSource);
      for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
        if (partitions.includes(partition)) lag += Math.max(0, Number(high) - (taken.get(partition)?.nextOffset ?? 0));
      }
    }
    return lag;
  }

  private get topics(): string[] {
    const { topic, replayTopic } = this.options;
    return replayTopic === undefined ? [topic.name] : [topic.name, replayTopic];
  }

  private async compareTopics(): Promise<void> {
    const { kafka, dataSource, consumer } = this.options;
    const admin = kafka.admin();
    await admin.connect();
    try {
      for (const topic of this.topics) {
        const taken = await new ConsumerOffsets(consumer, topic).read(dataSource);
        const nextOffsets = new Map([...taken].map(([partition, { nextOffset }]) => [partition, nextOffset]));
        for (const [partition, nextOffset] of nextOffsets) this.intakeOf(topic, partition, nextOffset);
        await compareTopic(admin, dataSource, { consumer, topic, nextOffsets });
      }
    } finally {
      await admin.disconnect();
    }
  }

  private async run(consumer: Consumer): Promise<void> {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.signs++;
      this.troubles.clear();
      this.assigned = new Map(Object.entries(payload.memberAssignment));
      for (const [topic, partitions] of this.assigned) {
        for (const partition of partitions) {
          const intake = this.intakeOf(topic, partition);
          intake.forget();
          consumer.seek({ topic, partition, offset: String(intake.readFrom) });
        }
      }
    });
    await consumer.connect();
    await consumer.subscribe({ topics: this.topics, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: this.options.partitionsAtATime ?? 1,
      eachBatch: (payload) => withHeartbeat(payload, () => this.takeBatch(payload)),
    });
  }

  private intakeOf(topic: string, partition: number, nextOffset = 0): PartitionIntake<T> {
    const key = `${topic}/${partition}`;
    const intake = this.intakes.get(key) ?? new PartitionIntake(this.options, topic, partition, nextOffset);
    this.intakes.set(key, intake);
    return intake;
  }

  private async takeBatch({ batch, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = batch;
    const to = {
      intake: this.intakeOf(topic, partition),
      topic,
      partition,
      end: Number(batch.highWatermark),
      active: () => isRunning() && !isStale() && !this.stopping && this.haltedBy === undefined,
    };
    try {
      if (!(await this.takeAtPace(to, messages))) return;
    } catch (error) {
      if (error instanceof OutOfStep) this.consumer.current.seek({ topic, partition, offset: String(error.readFrom) });
      else if (error instanceof OtherLog) this.halt(error);
      else throw error;
      return;
    }
    this.signs++;
    this.troubles.delete(`${topic}/${partition}`);
    this.options.onProgress?.();
    await this.commit(topic, partition, batch.lastOffset());
  }

  /** As takeMessages, no faster than the pace allows. Throws OutOfStep when it has taken long and leaves the rest to be fetched again. */
  private async takeAtPace(to: BatchContext<T>, messages: readonly KafkaMessage[]): Promise<boolean> {
    const { pace } = this.options;
    if (pace === undefined) return this.takeMessages(to, messages);
    const leaveAt = performance.now() + PACED_BATCH_MS_MAX;
    const isTime = () => performance.now() < leaveAt && to.active();
    // Only the wait for the rate is a sign of life: whoever has the place may be stuck.
    if (!(await pace.enter(isTime))) return this.leaveFor(to);
    try {
      for (let rest = messages; rest.length > 0;) {
        const count = await pace.take(rest.length, isTime, () => this.signs++);
        const slice = rest.slice(0, count);
        const last = slice.at(-1);
        if (last === undefined) return this.leaveFor(to);
        if (!(await this.takeMessages(to, slice))) return false;
        this.signs++;
        await this.commit(to.topic, to.partition, last.offset);
        rest = rest.slice(count);
      }
      return true;
    } finally {
      pace.leave();
    }
  }

  private leaveFor(to: BatchContext<T>): false {
    if (to.active()) throw new OutOfStep(to.intake.readFrom);
    return false;
  }

  private halt(reason: OtherLog): void {
    this.sayHalted(reason);
    // Not awaited: it waits for the batch in hand, which is this one.
    this.consumer.stop().catch((err: unknown) => this.options.log.error({ err }, 'consumer did not disconnect'));
  }

  private sayHalted(reason: OtherLog): void {
    this.haltedBy = `${this.name} has halted: ${reason.message}`;
    this.options.log.error({ consumer: this.name, reason: reason.message }, 'consumer has halted, somebody must look');
  }

  private async commit(topic: string, partition: number, lastOffset: string): Promise<void> {
    const nowMs = performance.now();
    const key = `${topic}/${partition}`;
    if (nowMs - (this.committedAt.get(key) ?? -Infinity) < COMMIT_EVERY_MS) return;
    this.committedAt.set(key, nowMs);
    await this.consumer.current.commitOffsets([{ topic, partition, offset: String(Number(lastOffset) + 1) }]);
  }

  /** True when every message is taken or set aside; false when this consumer must stop before that. */
  private async takeMessages(
    to: BatchContext<T>,
    messages: readonly KafkaMessage[],
    refusalsMax = REFUSALS_MAX,
  ): Promise<boolean> {
    for (let attempt = 1; to.active(); attempt++) {
      try {
        await to.intake.take(messages, to.end);
        return true;
      } catch (error) {
        if (error instanceof OutOfStep || error instanceof OtherLog) throw error;
        if (error instanceof PoisonMessage || (isRefusedForItsValues(error) && attempt >= refusalsMax)) {
          const [only, ...others] = messages;
          if (only !== undefined && others.length === 0) return this.setAside(to, only, error);
          return this.takeHalves(to, messages);
        }
        await this.pause(to, error, attempt, 'batch not taken, trying again');
      }
    }
    return false;
  }

  /** So that only the message at fault is set aside. */
  private async takeHalves(to: BatchContext<T>, messages: readonly KafkaMessage[]): Promise<boolean> {
    const middle = Math.ceil(messages.length / 2);
    for (const half of [messages.slice(0, middle), messages.slice(middle)]) {
      // What refused the whole was patient enough; only the last verdict, on one message, is worth waiting for again.
      if (!(await this.takeMessages(to, half, half.length > 1 ? 1 : REFUSALS_MAX))) return false;
    }
    return true;
  }

  /** Tried until it succeeds: a message is never dropped in silence. */
  private async setAside(to: BatchContext<T>, message: KafkaMessage, cause: unknown): Promise<boolean> {
    for (let attempt = 1; to.active(); attempt++) {
      try {
        const letter = await to.intake.setAside(message, to.end, cause);
        this.options.log.error({ err: cause, ...letter }, 'message set aside as dead letter');
        return true;
      } catch (error) {
        if (error instanceof OutOfStep || error instanceof OtherLog) throw error;
        await this.pause(to, error, attempt, 'dead letter not written');
      }
    }
    return false;
  }

  private async pause(to: BatchContext<T>, error: unknown, attempt: number, message: string): Promise<void> {
    const { topic, partition } = to;
    this.signs++;
    this.options.log.warn({ err: error, consumer: this.name, topic, partition, attempt }, message);
    if (attempt >= TROUBLE_AFTER_ATTEMPTS) {
      const cause = error instanceof Error ? error.message : String(error);
      this.troubles.set(`${topic}/${partition}`, `${this.name} has tried ${attempt} times: ${cause}`);
    }
    await sleep(Math.min(RETRY_MS_MAX, 50 * 2 ** attempt) * (0.5 + Math.random() / 2));
  }
}
