import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { decodeRecord } from '@floodgate/adapters/stock-log';
import { type StockLogRecordV1, TOPICS } from '@floodgate/contracts';
import { FoldStop, type ShardId, shardKey, type StockLogEntry } from '@floodgate/domain/inventory';
import { StackTrouble } from '@floodgate/tools/stack';

/** A line of a trace file: a record of the stock log as it stands in Kafka. */
export interface TraceLine {
  readonly partition: number;
  readonly offset: number;
  /** The canonical proto3 JSON of a StockLogRecordV1. */
  readonly value: unknown;
}

/** A record that the code cannot decode stops its shard. */
export type TraceEntry = StockLogEntry | 'unreadable';

/** The part of a log that belongs to one shard, in log order. */
export interface ShardTrace {
  /** Where it comes from, for messages. */
  readonly trace: string;
  readonly shard: ShardId;
  readonly entries: readonly TraceEntry[];
}

/**
 * Reads a trace file: JSON Lines, each partition in log order. Other pools' records may have been left out, so offsets need not be dense.
 * @throws StackTrouble that names the line when one is not a record, or does not come after the one before it; or when there is no such file.
 */
export function readTrace(path: string): ShardTrace[] {
  if (!existsSync(path)) throw new StackTrouble(`There is no trace file ${path}.`);
  const lines = readFileSync(path, 'utf8').split('\n');
  const parsed = lines.flatMap((text, index) => (text.trim() === '' ? [] : [parseLine(path, index + 1, text)]));
  return splitTrace(basename(path), parsed);
}

function parseLine(path: string, lineNo: number, text: string): TraceLine {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    throw new StackTrouble(`${path}:${lineNo} is not JSON.`);
  }
  const { partition, offset, value } = (line ?? {}) as Partial<TraceLine>;
  if (!Number.isInteger(partition) || !Number.isInteger(offset) || typeof value !== 'object' || value === null) {
    throw new StackTrouble(`${path}:${lineNo} is not {"partition":n,"offset":n,"value":{...}}.`);
  }
  return { partition: Number(partition), offset: Number(offset), value };
}

/**
 * Sorts the records of a log by shard.
 * @throws StackTrouble when a partition is not in log order, or a record names no shard.
 */
export function splitTrace(trace: string, lines: readonly TraceLine[]): ShardTrace[] {
  const shards = new Map<string, { trace: string; shard: ShardId; entries: TraceEntry[] }>();
  const lastOffsets = new Map<number, number>();
  for (const { partition, offset, value } of lines) {
    const at = `${trace}, ${partition}:${offset}`;
    if (offset <= (lastOffsets.get(partition) ?? -1)) throw new StackTrouble(`${at} is not in log order.`);
    lastOffsets.set(partition, offset);
    const message = TOPICS.stockLog.codec.fromJSON(value);
    const { campaignId, poolId, shardNo } = message;
    if (campaignId === '') throw new StackTrouble(`${at} names no shard.`);
    const shard = { campaignId, poolId, shardNo };
    const key = shardKey(shard);
    const entries = shards.get(key)?.entries ?? [];
    shards.set(key, { trace, shard, entries });
    entries.push(entryOf(partition, offset, message));
  }
  return [...shards.values()];
}

function entryOf(partition: number, offset: number, message: StockLogRecordV1): TraceEntry {
  try {
    return { partition, offset, ...decodeRecord(message) };
  } catch (error) {
    // As ShardFolds has it: what cannot be decoded stops the shard.
    if (!(error instanceof FoldStop || error instanceof RangeError)) throw error;
    return 'unreadable';
  }
}
