import { type EventPublisher, OtherLog, recordHash, type StoredOffset } from '@floodgate/adapters/kafka';
import { inTransaction } from '@floodgate/adapters/mysql';
import { type Folded, ShardFolds } from '@floodgate/adapters/stock-log';
import { type TOPICS } from '@floodgate/contracts';
import {
  type FoldedEntry,
  FoldStop,
  lendBefore,
  registerChanges,
  type RegisterChanges,
} from '@floodgate/domain/inventory';
import { type KafkaMessage } from 'kafkajs';
import { type DataSource, type EntityManager } from 'typeorm';
import { writeShards } from '../adapters/mysql-recorded-shards';
import {
  lockRecorderOffset,
  raiseRecorderOffset,
  recorderOffsets,
  writeRegister,
} from '../adapters/mysql-unit-register';
import { grantedEvent, releasedEvent } from './unit-events';

export type RecorderTopics = Pick<typeof TOPICS, 'stockLog' | 'unitGranted' | 'unitReleased'>;

export interface RecordingOptions {
  readonly dataSource: DataSource;
  readonly publisher: EventPublisher;
  readonly topics: RecorderTopics;
}

/** Folded, not yet recorded. */
interface Pending {
  readonly offset: number;
  readonly message: KafkaMessage;
  readonly entry: FoldedEntry | undefined;
}

/** What was recorded, and why what comes next was not. */
export interface Recorded {
  /** The next offset that is not recorded. */
  readonly nextOffset: number;
  /** Undefined when everything that was folded is recorded. */
  readonly waitsFor: string | undefined;
}

/** The register has less than this process had recorded: MySQL was restored. The partition must be folded anew. */
export class RegisterFellBack extends Error {}

/** One partition of the stock log on its way into the unit register. */
export class PartitionRecording {
  private readonly folds = new ShardFolds();
  // Kept over failures, since the fold takes each record once.
  private pending: Pending[] = [];
  private stop: FoldStop | undefined;
  private recordedTo: number | undefined;

  constructor(
    private readonly options: RecordingOptions,
    private readonly partition: number,
  ) {}

  /** The offset this partition is to be read from; undefined while folded records wait, which only a new fold can bring up again. */
  get readFrom(): number | undefined {
    return this.pending.length === 0 && this.stop === undefined ? this.folds.nextOffset(this.partition) : undefined;
  }

  /** Folds what was not folded before. What the fold cannot take is thrown by `record`, once all before it is recorded. */
  fold(messages: readonly KafkaMessage[]): void {
    for (const message of messages) {
      const offset = Number(message.offset);
      if (this.stop !== undefined || offset < this.folds.nextOffset(this.partition)) continue;
      try {
        const folded = this.folds.take(this.partition, message);
        const [reason] = this.folds.stoppedShards.values();
        if (reason !== undefined) throw new FoldStop(`record ${this.partition}:${offset}: ${reason}`);
        this.pending.push({ offset, message, entry: folded && toFoldedEntry(folded) });
      } catch (error) {
        if (!(error instanceof FoldStop)) throw error;
        this.stop = error;
      }
    }
  }

  /**
   * Records what is folded, up to the first unit that was borrowed while its lend is not recorded. One transaction: lock the
   * offset and compare, write the rows, publish and await the acknowledgements, raise the offset, commit.
   * @throws OtherLog when the register was made from another log; RegisterFellBack when this process is ahead of it; FoldStop when the log goes on with what cannot be folded.
   */
  async record(): Promise<Recorded> {
    this.recordedTo ??= (await recorderOffsets(this.options.dataSource)).get(this.partition)?.nextOffset ?? 0;
    const last = this.pending.at(-1);
    const recorded =
      last === undefined || last.offset < this.recordedTo - 1
        ? { nextOffset: this.recordedTo, waitsFor: undefined }
        : await inTransaction(this.options.dataSource, (tx) => this.recordIn(tx));
    this.recordedTo = recorded.nextOffset;
    this.pending = this.pending.filter(({ offset }) => offset >= recorded.nextOffset);
    if (this.stop !== undefined && this.pending.length === 0) throw this.stop;
    return recorded;
  }

  private async recordIn(tx: EntityManager): Promise<Recorded> {
    const stored = await lockRecorderOffset(tx, this.partition);
    this.compare(stored);
    const fresh = this.pending.filter(({ offset }) => offset >= stored.nextOffset);
    const first = fresh[0]?.offset ?? stored.nextOffset;
    if (first > stored.nextOffset)
      throw new RegisterFellBack(`partition ${this.partition} is recorded up to ${stored.nextOffset}, not ${first}`);
    const { ready, waitsFor } = await this.untilLendIsMissing(tx, fresh);
    const last = ready.at(-1);
    if (last === undefined) return { nextOffset: stored.nextOffset, waitsFor };
    const entries = ready.flatMap(({ entry }) => entry ?? []);
    const changes = registerChanges(entries);
    await writeRegister(tx, changes);
    await writeShards(tx, entries);
    await this.publish(changes);
    const nextOffset = last.offset + 1;
    await raiseRecorderOffset(tx, this.partition, { nextOffset, lastHash: recordHash(last.message) });
    return { nextOffset, waitsFor };
  }

  private compare({ nextOffset, lastHash }: StoredOffset): void {
    const lastRecorded = this.pending.find(({ offset }) => offset === nextOffset - 1);
    if (lastRecorded === undefined || lastHash === null || recordHash(lastRecorded.message) === lastHash) return;
    throw new OtherLog(
      `record ${this.partition}:${nextOffset - 1} of ${this.options.topics.stockLog.name} is not the one that was recorded: ` +
        'this is not the log that the register was made from',
    );
  }

  private async untilLendIsMissing(
    tx: EntityManager,
    fresh: readonly Pending[],
  ): Promise<{ ready: readonly Pending[]; waitsFor: string | undefined }> {
    const lends = fresh.flatMap(({ entry }, index) => {
      const lend = entry && lendBefore(entry);
      return lend === undefined ? [] : [{ ...lend, index }];
    });
    if (lends.length === 0) return { ready: fresh, waitsFor: undefined };
    const recorded = await recorderOffsets(tx);
    const missing = lends.find(({ partition, offset }) => (recorded.get(partition)?.nextOffset ?? 0) <= offset);
    if (missing === undefined) return { ready: fresh, waitsFor: undefined };
    const { partition, offset, index } = missing;
    return {
      ready: fresh.slice(0, index),
      waitsFor: `record ${this.partition}:${fresh[index]?.offset} borrows what ${partition}:${offset} lends, which is not recorded yet`,
    };
  }

  private async publish({ granted, ended }: RegisterChanges): Promise<void> {
    const { publisher, topics } = this.options;
    await publisher.publish(
      topics.unitGranted,
      granted.map((row) => ({ key: row.userId, message: grantedEvent(row) })),
    );
    await publisher.publish(
      topics.unitReleased,
      ended.map((end) => ({ key: end.holding.userId, message: releasedEvent(end) })),
    );
  }
}

function toFoldedEntry({ entry, state, effects }: Folded): FoldedEntry | undefined {
  return state.pool === undefined ? undefined : { entry, pool: state.pool, effects };
}
