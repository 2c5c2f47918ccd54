import { setTimeout as sleep } from 'node:timers/promises';
import { EnduringConsumer, type EventPublisher, gathering, type Log, withHeartbeat } from '@floodgate/adapters/kafka';
import { inTransaction } from '@floodgate/adapters/mysql';
import { type Folded, ShardFolds } from '@floodgate/adapters/stock-log';
import { TOPICS } from '@floodgate/contracts';
import { type FoldedEntry, registerChanges, type RegisterChanges } from '@floodgate/domain/inventory';
import { type Consumer, type EachBatchPayload, type Kafka } from 'kafkajs';
import { type DataSource } from 'typeorm';
import {
  lockRecorderOffset,
  raiseRecorderOffset,
  recorderOffsets,
  writeRegister,
} from '../adapters/mysql-unit-register';
import { releasedEvent, grantedEvent } from './unit-events';

const RETRY_MS_MAX = 5_000;
/** A transaction and a publish a batch: under load it holds hundreds of grants. Orders wait for it, grabs do not. */
const GATHER_MS = 250;

interface PartitionWork {
  readonly folds: ShardFolds;
  /** Folded, not yet recorded. Kept over failures, since the fold takes each record once. */
  folded: { readonly offset: number; readonly entry: FoldedEntry | undefined }[];
}

export interface RecorderOptions {
  readonly kafka: Kafka;
  readonly dataSource: DataSource;
  readonly publisher: EventPublisher;
  readonly log: Pick<Log, 'error'>;
  readonly onProgress: () => void;
  readonly sessionTimeoutMs?: number;
  /** Tests record topics of their own. */
  readonly topics?: RecorderTopics;
}

export type RecorderTopics = Pick<typeof TOPICS, 'stockLog' | 'unitGranted' | 'unitReleased'>;

/**
 * Folds the stock log into the unit register and tells everybody else. One transaction a batch: lock the offset, write the
 * rows, publish and wait for the acknowledgements, raise the offset, commit. It never skips and never sets aside: what it
 * cannot take stops it, loudly, while grabs go on. The partitions are shared among the instances; whoever is given one folds
 * it from the beginning.
 */
export class Recorder {
  private readonly consumer: EnduringConsumer;
  private readonly work = new Map<number, PartitionWork>();
  private readonly topics: RecorderTopics;

  constructor(private readonly options: RecorderOptions) {
    this.topics = options.topics ?? TOPICS;
    const config = {
      groupId: `inventory.recorder.${this.topics.stockLog.name}`,
      sessionTimeout: options.sessionTimeoutMs ?? 10_000,
      ...gathering(GATHER_MS),
    };
    this.consumer = new EnduringConsumer(options.kafka, config, options.log, (consumer) => this.run(consumer));
  }

  /** Throws when the log is shorter than what is recorded of it: it is another log, and recording on would lose grants. */
  async start(): Promise<void> {
    await this.compareWithLog();
    await this.consumer.start();
  }

  private async compareWithLog(): Promise<void> {
    const topic = this.topics.stockLog.name;
    const admin = this.options.kafka.admin();
    await admin.connect();
    try {
      const ends = new Map(
        (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]),
      );
      for (const [partition, nextOffset] of await recorderOffsets(this.options.dataSource)) {
        const end = ends.get(partition) ?? 0;
        if (nextOffset > end) {
          throw new Error(
            `partition ${partition} of ${topic} ends at ${end}, but ${nextOffset} records of it are in the unit register: ` +
              'this is not the log that the register was made from; bring that log back, or begin with an empty register',
          );
        }
      }
    } finally {
      await admin.disconnect();
    }
  }

  async stop(): Promise<void> {
    await this.consumer.stop();
  }

  private async run(consumer: Consumer): Promise<void> {
    const topic = this.topics.stockLog.name;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.work.clear();
      for (const partition of payload.memberAssignment[topic] ?? []) {
        this.work.set(partition, { folds: new ShardFolds(), folded: [] });
        consumer.seek({ topic, partition, offset: '0' });
      }
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => withHeartbeat(payload, () => this.take(payload)),
    });
  }

  private async take({ batch, isRunning, isStale, resolveOffset }: EachBatchPayload): Promise<void> {
    const { partition, messages } = batch;
    const work = this.work.get(partition);
    if (work === undefined) return;
    for (const message of messages) {
      const folded = work.folds.take(partition, message);
      if (work.folds.stoppedShards.size > 0) throw new Error([...work.folds.stoppedShards.values()].join('; '));
      work.folded.push({ offset: Number(message.offset), entry: folded && toFoldedEntry(folded) });
    }
    for (let attempt = 1; isRunning() && !isStale(); attempt++) {
      try {
        await this.record(partition, work.folded);
        work.folded = [];
        resolveOffset(batch.lastOffset());
        this.options.onProgress();
        return;
      } catch (err) {
        this.options.log.error({ err, partition, attempt }, 'recorder cannot go on, trying again');
        await sleep(Math.min(RETRY_MS_MAX, 50 * 2 ** attempt));
      }
    }
  }

  private async record(partition: number, folded: PartitionWork['folded']): Promise<void> {
    const last = folded.at(-1);
    if (last === undefined) return;
    await inTransaction(this.options.dataSource, async (tx) => {
      const nextOffset = await lockRecorderOffset(tx, partition);
      const fresh = folded.filter(({ offset }) => offset >= nextOffset);
      if (fresh.length === 0) return;
      const changes = registerChanges(fresh.flatMap(({ entry }) => entry ?? []));
      await writeRegister(tx, changes);
      await this.publish(changes);
      await raiseRecorderOffset(tx, partition, last.offset + 1);
    });
  }

  private async publish({ granted, ended }: RegisterChanges): Promise<void> {
    const { publisher } = this.options;
    await publisher.publish(
      this.topics.unitGranted,
      granted.map((row) => ({ key: row.userId, message: grantedEvent(row) })),
    );
    await publisher.publish(
      this.topics.unitReleased,
      ended.map((end) => ({ key: end.holding.userId, message: releasedEvent(end) })),
    );
  }
}

function toFoldedEntry({ entry, state, effects }: Folded): FoldedEntry | undefined {
  return state.pool === undefined ? undefined : { entry, pool: state.pool, effects };
}
