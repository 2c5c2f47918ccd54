import { type StockLogRecordV1, TOPICS } from '@floodgate/contracts';
import {
  applyEntry,
  emptyShard,
  type FoldEffect,
  FoldStop,
  type ShardId,
  shardKey,
  type ShardState,
  type StockLogEntry,
} from '@floodgate/domain/inventory';
import { decodeRecord } from './stock-log-codec';

export interface Folded {
  readonly entry: StockLogEntry;
  readonly state: ShardState;
  readonly effects: readonly FoldEffect[];
}

interface LogMessage {
  readonly offset: string;
  readonly value: Buffer | null;
}

/**
 * The folds of all shards in a set of partitions, fed message by message. Takes exactly the next offset of a partition:
 * what was read before is dropped, a gap throws FoldStop. A shard with a record that cannot be folded is not served on.
 */
export class ShardFolds {
  readonly shards = new Map<string, ShardState>();
  private readonly nextOffsets = new Map<number, number>();
  private readonly stopped = new Map<string, string>();

  /** The offset this partition is to be read from. */
  nextOffset(partition: number): number {
    return this.nextOffsets.get(partition) ?? 0;
  }

  shard(id: ShardId): ShardState | undefined {
    return this.shards.get(shardKey(id));
  }

  /** Why a shard stopped, by its key. Its grabs wait until code that understands the log serves it. */
  get stoppedShards(): ReadonlyMap<string, string> {
    return this.stopped;
  }

  /** Undefined for a message that was folded before, or that belongs to a stopped shard. */
  take(partition: number, message: LogMessage): Folded | undefined {
    const offset = Number(message.offset);
    const expected = this.nextOffset(partition);
    if (offset < expected) return undefined;
    if (offset > expected) throw new FoldStop(`partition ${partition} goes on at ${offset} instead of ${expected}`);
    const entry = this.decode(partition, offset, message.value);
    this.nextOffsets.set(partition, offset + 1);
    if (entry === undefined) return undefined;
    const key = shardKey(entry.shard);
    if (this.stopped.has(key)) return undefined;
    const state = this.shards.get(key) ?? emptyShard(entry.shard);
    this.shards.set(key, state);
    try {
      return { entry, state, effects: applyEntry(state, entry) };
    } catch (error) {
      // A RangeError: the record contradicts what the shard has, which only a writer that keeps no rule can have written.
      if (!(error instanceof FoldStop || error instanceof RangeError)) throw error;
      this.stopped.set(key, error.message);
      return undefined;
    }
  }

  /** A record nobody can read stops the shard it names, or, where even that is unreadable, the whole partition (throws). */
  private decode(partition: number, offset: number, value: Buffer | null): StockLogEntry | undefined {
    const message = parse(partition, offset, value);
    if (message.campaignId === '') throw new FoldStop(`${partition}:${offset} names no shard`);
    const { campaignId, poolId, shardNo } = message;
    try {
      return { partition, offset, ...decodeRecord(message) };
    } catch (error) {
      if (!(error instanceof FoldStop || error instanceof RangeError)) throw error;
      this.stopped.set(shardKey({ campaignId, poolId, shardNo }), error.message);
      return undefined;
    }
  }
}

/** @throws FoldStop for what is no JSON: no reading again makes a record of it. */
function parse(partition: number, offset: number, value: Buffer | null): StockLogRecordV1 {
  try {
    return TOPICS.stockLog.codec.fromJSON(JSON.parse(value?.toString() ?? 'null') ?? {});
  } catch (error) {
    // What the value looks like is not for everybody who reads the reason: it may hold a seed.
    throw new FoldStop(`${partition}:${offset} is no record in JSON`, { cause: error });
  }
}
