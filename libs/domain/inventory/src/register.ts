import { type Fen } from '@floodgate/kernel';
import { type FoldEffect } from './fold';
import { amountOf } from './packets';
import { type Pool, type ShardId } from './pool';
import { type StockLogEntry } from './records';
import { type Holding } from './shard-state';

/** A row of the unit register: one generation of one unit in one user's hands. */
export interface RegisterRow extends Holding {
  readonly shard: ShardId;
  readonly pool: Pool;
  readonly amountFen: Fen;
  readonly state: 'held' | 'ended' | 'withdrawn';
  /** Where the log decided it: `partition:offset:index`, also the eventId of unit-granted. */
  readonly position: string;
  readonly grantedAtMs: number;
  readonly endedAtMs: number | undefined;
}

export interface RegisterEnd {
  readonly shard: ShardId;
  readonly holding: Holding;
  readonly toStock: boolean;
  readonly causationId: string;
  readonly position: string;
  readonly endedAtMs: number;
}

/** What a batch of the log changes in the unit register, with no row named twice. */
export interface RegisterChanges {
  /** Rows to insert, in log order. A grab that was granted and ended within the batch arrives as ended. */
  readonly granted: readonly RegisterRow[];
  /** Every end, in log order, for the events; those of rows not in `granted` are updates. */
  readonly ended: readonly RegisterEnd[];
}

export interface FoldedEntry {
  readonly entry: StockLogEntry;
  readonly pool: Pool;
  readonly effects: readonly FoldEffect[];
}

/**
 * The lend that must be recorded before this entry: a unit that was borrowed may be granted in its next generation only after
 * the end of the one before, which stands before the lend. Undefined where the order of the log itself sees to that.
 */
export function lendBefore({ entry, effects }: FoldedEntry): { partition: number; offset: number } | undefined {
  const { record } = entry;
  if (record.kind !== 'borrowed' || record.lenderPartition === entry.partition) return undefined;
  const counts = effects.some(({ kind }) => kind === 'stock-changed');
  return counts ? { partition: record.lenderPartition, offset: record.lenderOffset } : undefined;
}

/** What folded entries of one partition, in log order, change in the unit register. */
export function registerChanges(folded: readonly FoldedEntry[]): RegisterChanges {
  const granted: RegisterRow[] = [];
  const ended: RegisterEnd[] = [];
  for (const { entry, pool, effects } of folded) {
    for (const effect of effects) {
      if (effect.kind === 'granted') granted.push(grantedRow(entry, pool, effect.holding, effect.index));
      else if (effect.kind === 'ended') ended.push(endOf(entry, effect));
    }
  }
  return { granted: ended.length === 0 ? granted : withEnds(granted, ended), ended };
}

function endOf(entry: StockLogEntry, effect: Extract<FoldEffect, { kind: 'ended' }>): RegisterEnd {
  const { holding, toStock, causationId } = effect;
  const position = `${entry.partition}:${entry.offset}:0`;
  return { shard: entry.shard, holding, toStock, causationId, position, endedAtMs: entry.writtenAtMs };
}

function withEnds(granted: readonly RegisterRow[], ended: readonly RegisterEnd[]): RegisterRow[] {
  const ends = new Map(ended.map((end) => [rowKey(end.shard, end.holding), end]));
  return granted.map((row) => {
    const end = ends.get(rowKey(row.shard, row));
    return end === undefined ? row : { ...row, state: end.toStock ? 'ended' : 'withdrawn', endedAtMs: end.endedAtMs };
  });
}

/** Names a row: unit and generation within the pool. */
export function rowKey(shard: ShardId, holding: Pick<Holding, 'unitNo' | 'generation'>): string {
  return `${shard.campaignId}/${shard.poolId}/${holding.unitNo}/${holding.generation}`;
}

function grantedRow(entry: StockLogEntry, pool: Pool, holding: Holding, index: number): RegisterRow {
  // Field by field: a spread here took a fifth of the recorder's time.
  return {
    userId: holding.userId,
    grabId: holding.grabId,
    unitNo: holding.unitNo,
    generation: holding.generation,
    qualificationId: holding.qualificationId,
    shard: entry.shard,
    pool,
    amountFen: amountOf(pool, holding.unitNo),
    state: 'held',
    position: `${entry.partition}:${entry.offset}:${index}`,
    grantedAtMs: entry.writtenAtMs,
    endedAtMs: undefined,
  };
}
