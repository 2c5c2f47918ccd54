import {
  compareTopic,
  EnduringConsumer,
  type EventPublisher,
  gathering,
  type Log,
  OtherLog,
  type Watched,
  whenKafkaAnswers,
  withHeartbeat,
} from '@floodgate/adapters/kafka';
import { TOPICS } from '@floodgate/contracts';
import { FoldStop } from '@floodgate/domain/inventory';
import { type Admin, type Consumer, type EachBatchPayload, type Kafka } from 'kafkajs';
import { type DataSource } from 'typeorm';
import { recorderOffsets } from '../adapters/mysql-unit-register';
import { PartitionRecording, type RecorderTopics, RegisterFellBack } from './partition-recording';

/** A transaction of some six statements and a publish a batch: under load it holds a thousand grants. Orders wait for it, grabs do not. */
const GATHER_MS = 500;
const RETRY_MS_MAX = 5_000;
/** Attempts that fail after one another until it is said aloud. */
const TROUBLE_AFTER_ATTEMPTS = 5;
const LEND_WAIT_MS = 50;
const PARTITIONS_AT_ONCE = 3;

export interface RecorderOptions {
  readonly kafka: Kafka;
  readonly dataSource: DataSource;
  readonly publisher: EventPublisher;
  readonly log: Pick<Log, 'warn' | 'error'>;
  readonly onProgress: () => void;
  readonly sessionTimeoutMs?: number;
  /** Tests and benches record topics of their own. */
  readonly topics?: RecorderTopics;
}

/**
 * Folds the stock log into the unit register and tells everybody else. It never skips and never sets aside: what it cannot
 * take stops it, loudly, while grabs go on. The partitions are shared among the instances; whoever is given one folds it from
 * the beginning.
 */
export class Recorder implements Watched {
  readonly name: string;
  private readonly consumer: EnduringConsumer;
  private readonly topics: RecorderTopics;
  private recordings = new Map<number, PartitionRecording>();
  private readonly troubles = new Map<number, string>();
  private readonly failures = new Map<number, number>();
  private haltedBy: string | undefined;
  private signs = 0;

  constructor(private readonly options: RecorderOptions) {
    this.topics = options.topics ?? TOPICS;
    this.name = `inventory.recorder.${this.topics.stockLog.name}`;
    const config = { groupId: this.name, sessionTimeout: options.sessionTimeoutMs ?? 10_000, ...gathering(GATHER_MS) };
    this.consumer = new EnduringConsumer(
      options.kafka,
      () => config,
      options.log,
      (consumer) => this.run(consumer),
    );
  }

  /** Why it does not record, until somebody has looked and starts it again; undefined while it does. */
  get halted(): string | undefined {
    return this.haltedBy;
  }

  /** What keeps it from recording on at the moment; undefined when nothing does. */
  get trouble(): string | undefined {
    const [first] = this.troubles.values();
    return first;
  }

  get signsOfLife(): number {
    return this.signs;
  }

  /** Resolves when it records, or has halted because the log is not the one that is recorded. */
  async start(): Promise<void> {
    try {
      await whenKafkaAnswers(this.options.log, () => this.compareWithLog());
    } catch (error) {
      if (!(error instanceof OtherLog)) throw error;
      this.sayHalted(error);
      return;
    }
    await this.consumer.start();
  }

  /** Resolves when the batch in hand is recorded or rolled back. */
  async stop(): Promise<void> {
    await this.consumer.stop();
  }

  /** Records of this instance's partitions that are not recorded yet. Throws when Kafka or MySQL does not answer. */
  async lag(admin: Admin): Promise<number> {
    const recorded = await recorderOffsets(this.options.dataSource);
    const ends = await admin.fetchTopicOffsets(this.topics.stockLog.name);
    return ends
      .filter(({ partition }) => this.recordings.has(partition))
      .reduce((sum, { partition, high }) => sum + Number(high) - (recorded.get(partition)?.nextOffset ?? 0), 0);
  }

  private async compareWithLog(): Promise<void> {
    const { kafka, dataSource } = this.options;
    const admin = kafka.admin();
    await admin.connect();
    try {
      const recorded = await recorderOffsets(dataSource);
      const nextOffsets = new Map([...recorded].map(([partition, { nextOffset }]) => [partition, nextOffset]));
      const topic = this.topics.stockLog.name;
      await compareTopic(admin, dataSource, { consumer: this.name, topic, nextOffsets });
    } finally {
      await admin.disconnect();
    }
  }

  private async run(consumer: Consumer): Promise<void> {
    const topic = this.topics.stockLog.name;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.signs++;
      this.troubles.clear();
      const before = this.recordings;
      this.recordings = new Map();
      for (const partition of payload.memberAssignment[topic] ?? []) this.beginWith(consumer, partition, before);
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // While one partition waits for MySQL or for acknowledgements, another is folded.
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: (payload) => withHeartbeat(payload, () => this.take(payload)),
    });
  }

  /** A partition that this instance had all along keeps its fold. */
  private beginWith(consumer: Consumer, partition: number, before: ReadonlyMap<number, PartitionRecording>): void {
    const kept = before.get(partition);
    const recording =
      kept?.readFrom === undefined ? new PartitionRecording({ ...this.options, topics: this.topics }, partition) : kept;
    this.recordings.set(partition, recording);
    consumer.seek({ topic: this.topics.stockLog.name, partition, offset: String(recording.readFrom ?? 0) });
  }

  private async take({ batch, isRunning, isStale, resolveOffset, pause }: EachBatchPayload): Promise<void> {
    const { partition, messages } = batch;
    const recording = this.recordings.get(partition);
    if (recording === undefined || !isRunning() || isStale() || this.haltedBy !== undefined) return;
    try {
      recording.fold(messages);
      const { nextOffset, waitsFor } = await recording.record();
      this.signs++;
      this.options.onProgress();
      this.failures.delete(partition);
      if (waitsFor === undefined) {
        this.troubles.delete(partition);
        resolveOffset(batch.lastOffset());
        return;
      }
      this.troubles.set(partition, waitsFor);
      if (nextOffset > Number(batch.firstOffset())) resolveOffset(String(nextOffset - 1));
      readAgainLater(pause, LEND_WAIT_MS);
    } catch (error) {
      if (error instanceof OtherLog) this.halt(error);
      else if (error instanceof RegisterFellBack) this.beginAnew(partition, error);
      else readAgainLater(pause, this.failed(partition, error));
    }
  }

  private beginAnew(partition: number, err: RegisterFellBack): void {
    this.options.log.error({ err, partition }, 'the register fell back, folding from the beginning');
    this.beginWith(this.consumer.current, partition, new Map());
  }

  /** Says so, and for how many ms to leave the partition alone. */
  private failed(partition: number, err: unknown): number {
    this.signs++;
    const attempt = (this.failures.get(partition) ?? 0) + 1;
    this.failures.set(partition, attempt);
    this.options.log.error({ err, partition, attempt }, 'recorder cannot go on, trying again');
    if (err instanceof FoldStop || attempt >= TROUBLE_AFTER_ATTEMPTS) {
      const cause = err instanceof Error ? err.message : String(err);
      this.troubles.set(partition, `partition ${partition} of the stock log cannot be recorded: ${cause}`);
    }
    return Math.min(RETRY_MS_MAX, 50 * 2 ** attempt);
  }

  private halt(reason: OtherLog): void {
    this.sayHalted(reason);
    // Not awaited: it waits for the batch in hand, which is this one.
    this.consumer.stop().catch((err: unknown) => this.options.log.error({ err }, 'recorder did not disconnect'));
  }

  private sayHalted(reason: OtherLog): void {
    this.haltedBy = `the recorder has halted: ${reason.message}`;
    this.options.log.error({ reason: reason.message }, 'recorder has halted, somebody must look');
  }
}

/** What was not resolved is read again; until then the other partitions have their turns. */
function readAgainLater(pause: EachBatchPayload['pause'], afterMs: number): void {
  const resume = pause();
  setTimeout(resume, afterMs).unref();
}
