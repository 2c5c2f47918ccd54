import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnduringConsumer, type Log, whenKafkaAnswers } from '@floodgate/adapters/kafka';
import { type Folded, ShardFolds } from '@floodgate/adapters/stock-log';
import { TOPICS } from '@floodgate/contracts';
import { FoldStop, partitionOf, type ShardId, type StockLogReader } from '@floodgate/domain/inventory';
import { type Admin, type Consumer, type ConsumerConfig, type EachBatchPayload, type Kafka } from 'kafkajs';

const STUCK_PAUSE_MS = 1_000;
const LOOK_EVERY_MS = 5_000;
/** Fetches that bring something within so long of each other are those of a busy log. */
const BUSY_MS = 20;
/** The next fetch of a busy log waits so long: all that is written meanwhile comes in one answer, which costs as much as one record. */
const GATHER_MS = 8;
/** At least the partitions of the log: those of one fetch are taken together, and so wait together. */
const PARTITIONS_AT_ONCE = 64;

/**
 * A group of its own for each beginning. One that joined the same group again would first wait until the broker has given up the
 * member it was before, for a whole session.
 */
const followerConfig = (): ConsumerConfig => ({
  groupId: `inventory.stock-log-follower.${randomUUID()}`,
  maxWaitTimeInMs: 100,
  retry: { retries: 2, restartOnFailure: () => Promise.resolve(false) },
});

interface Position {
  readonly partition: number;
  /** The first that is not read yet. */
  readonly nextOffset: number;
}

/**
 * Reads all partitions of the stock log from the beginning, folds them in memory and hands every effect on. kafkajs has
 * no manual assignment: a group of one gets every partition, nothing is committed, and positions are
 * set anew whenever the group is joined, because kafkajs forgets them then.
 */
export class StockLogFollower implements StockLogReader {
  readonly folds = new ShardFolds();
  private readonly consumer: EnduringConsumer;
  private readonly admin: Admin;
  private endAtStart: ReadonlyMap<number, number> | undefined;
  private hasCaughtUp = false;
  private lookTimer: NodeJS.Timeout | undefined;
  private endAtLook: ReadonlyMap<number, number> | undefined;
  private positionAtLook = '';
  private silent: string | undefined;
  /** The partition that ended, at the last look, before what was read of it. */
  private shortAtLook: number | undefined;
  /** Why what is in the log now is not what was folded; only another process can begin anew. */
  private otherLog: string | undefined;
  /** Who waits until a partition is read up to an offset. */
  private readers: { readonly partition: number; readonly end: number; readonly done: () => void }[] = [];
  private tookAt = -Infinity;
  private gathering: Promise<unknown> | undefined;
  private asking: Promise<unknown> = Promise.resolve();
  private nextEnds: Promise<Map<number, number>> | undefined;
  /** Why partitions cannot be folded on, by number. */
  private readonly stuck = new Map<number, string>();

  constructor(
    kafka: Kafka,
    private readonly log: Pick<Log, 'warn' | 'error'>,
    private readonly onFolded: (folded: Folded) => void,
    private readonly topic: string = TOPICS.stockLog.name,
  ) {
    this.admin = kafka.admin();
    this.consumer = new EnduringConsumer(kafka, followerConfig, log, (consumer) => this.run(consumer));
  }

  async start(): Promise<void> {
    this.endAtStart = await whenKafkaAnswers(this.log, async () => {
      await this.admin.connect();
      return this.readEnds();
    });
    await this.consumer.start();
    this.lookTimer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.lookTimer);
    await this.consumer.stop();
    await this.admin.disconnect();
  }

  /** What stood in the log at the last look must be read by this one: else the consumer has fallen silent, and another takes over. */
  private async look(): Promise<void> {
    const expected = this.endAtLook;
    // Before the question, since what is read while it is under way may lie beyond the answer.
    const readBefore = [...(this.endAtStart?.keys() ?? [])].map((partition) => this.positionIn(partition));
    try {
      this.endAtLook = await this.readEnds();
    } catch {
      // The log is away, which its own client tells of: nothing can be said of the consumer.
      this.endAtLook = undefined;
      this.shortAtLook = undefined;
      return;
    }
    const lost = readBefore.find(
      ({ partition, nextOffset }) => (this.endAtLook?.get(partition) ?? Infinity) < nextOffset,
    );
    const isLostStill = lost !== undefined && lost.partition === this.shortAtLook;
    this.shortAtLook = lost?.partition;
    // Once may be the word of a broker that stood still for long and does not know yet that it leads no more.
    if (isLostStill) return this.halt(lost);
    if (lost !== undefined) return;
    const behind = [...(expected ?? [])].find(([partition, end]) => this.folds.nextOffset(partition) < end);
    const position = [...this.endAtLook.keys()].map((partition) => this.folds.nextOffset(partition)).join();
    const isStanding = behind !== undefined && position === this.positionAtLook;
    this.positionAtLook = position;
    this.silent = isStanding ? 'the stock log is not being read on' : undefined;
    if (!isStanding || this.stuck.size > 0) return;
    this.log.error({ partition: behind[0], nextOffset: this.folds.nextOffset(behind[0]) }, this.silent ?? '');
    this.consumer.beginAnew();
  }

  private positionIn(partition: number): Position {
    return { partition, nextOffset: this.folds.nextOffset(partition) };
  }

  /** The log has lost records that are folded here, and what comes in their place would be dropped as if it had been read before. */
  private async halt({ partition, nextOffset }: Position): Promise<void> {
    clearInterval(this.lookTimer);
    this.otherLog = `partition ${partition} of the stock log ends before ${nextOffset}, up to which it was read`;
    this.log.error(
      { partition, nextOffset },
      'the stock log has lost records, reading it no further: somebody must look',
    );
    try {
      await this.consumer.stop();
    } catch (err) {
      this.log.error({ err }, 'the consumer of the stock log did not disconnect');
    }
  }

  private async run(consumer: Consumer): Promise<void> {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      for (const partition of payload.memberAssignment[this.topic] ?? []) this.seek(consumer, partition);
    });
    // Alone in its group: only the broker's memory of an earlier membership can ask it to join again, and it would wait for that one.
    consumer.on(consumer.events.REBALANCING, () => this.consumer.beginAnew());
    await consumer.connect();
    await consumer.subscribe({ topic: this.topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: (payload) => this.take(payload),
    });
  }

  /** True once everything is folded that stood in the log when this process started, and for as long as it is the log that was read. */
  get caughtUp(): boolean {
    if (this.otherLog !== undefined) return false;
    const ends = this.endAtStart;
    this.hasCaughtUp ||=
      ends !== undefined && [...ends].every(([partition, end]) => this.folds.nextOffset(partition) >= end);
    return this.hasCaughtUp;
  }

  /** What keeps this instance from serving; undefined when nothing does. */
  get trouble(): string | undefined {
    if (this.otherLog !== undefined) return this.otherLog;
    const [first] = [...this.stuck.values(), ...this.folds.stoppedShards.values()];
    return first ?? (this.caughtUp ? this.silent : 'the stock log is still being read');
  }

  /** @throws Error when it takes longer than `waitMsMax`, since a stuck partition may take for ever, and when the log is not the one that was read. */
  async readToEnd(shard: ShardId, waitMsMax: number): Promise<void> {
    const ends = await this.endsAsOfNow();
    if (this.otherLog !== undefined) throw new Error(this.otherLog);
    const partition = partitionOf(shard, ends.size);
    const end = ends.get(partition) ?? 0;
    if (this.folds.nextOffset(partition) >= end) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((done, fail) => {
      const reader = { partition, end, done };
      this.readers.push(reader);
      timer = setTimeout(() => {
        this.readers = this.readers.filter((one) => one !== reader);
        fail(new Error(`partition ${partition} of the stock log was not read to its end in ${waitMsMax} ms`));
      }, waitMsMax);
    }).finally(() => clearTimeout(timer));
  }

  private async take({ batch, isRunning, isStale, resolveOffset }: EachBatchPayload): Promise<void> {
    for (const message of batch.messages) {
      if (!isRunning() || isStale()) return;
      try {
        const folded = this.folds.take(batch.partition, message);
        if (folded !== undefined) this.onFolded(folded);
      } catch (error) {
        if (!(error instanceof FoldStop)) throw error;
        this.log.error({ err: error, partition: batch.partition, offset: message.offset }, 'stock log not folded');
        this.stuck.set(batch.partition, error.message);
        this.tellReaders();
        await sleep(STUCK_PAUSE_MS);
        this.seek(this.consumer.current, batch.partition);
        return;
      }
      resolveOffset(message.offset);
    }
    this.stuck.delete(batch.partition);
    this.tellReaders();
    await this.gather();
  }

  private gather(): Promise<unknown> {
    const now = performance.now();
    if (now - this.tookAt < BUSY_MS) {
      this.gathering ??= sleep(GATHER_MS).then(() => {
        this.gathering = undefined;
      });
    }
    this.tookAt = now;
    return this.gathering ?? Promise.resolve();
  }

  private seek(consumer: Consumer, partition: number): void {
    consumer.seek({ topic: this.topic, partition, offset: String(this.folds.nextOffset(partition)) });
  }

  private tellReaders(): void {
    if (this.readers.length === 0) return;
    const isThere = ({ partition, end }: { partition: number; end: number }) => this.folds.nextOffset(partition) >= end;
    const there = this.readers.filter(isThere);
    this.readers = this.readers.filter((reader) => !isThere(reader));
    for (const { done } of there) done();
  }

  /** Who asks while a question is under way shares the next one: the one under way may have been answered already. */
  private endsAsOfNow(): Promise<Map<number, number>> {
    this.nextEnds ??= this.asking.then(() => {
      this.nextEnds = undefined;
      const ends = this.readEnds();
      // Only the order of the questions hangs on this one; its failure is told to those who asked, who hold the promise itself.
      this.asking = Promise.allSettled([ends]);
      return ends;
    });
    return this.nextEnds;
  }

  private async readEnds(): Promise<Map<number, number>> {
    const offsets = await this.admin.fetchTopicOffsets(this.topic);
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  }
}
