import { type Clock, type IdSource } from '@floodgate/kernel';
import { type StockLog } from './admission';
import { type FoldEffect } from './fold';
import { type PoolStock } from './pool-stock';
import { type ShardId, shardKey } from './pool';
import { type StockLogEntry, type StockRecord } from './records';
import { type Move, type ShardState } from './shard-state';
import { type UnitRange } from './unit-ranges';

export interface MovePorts {
  readonly log: StockLog;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** A lend that the log has taken. */
interface OpenLend {
  readonly lender: ShardId;
  readonly partition: number;
  readonly offset: number;
  readonly move: Move;
  readonly seenAtMs: number;
}

type MoveRecord = Extract<StockRecord, { kind: 'lent' | 'borrowed' }>;

/** A move larger than this would make one record long and take more than a shard is likely to need. */
const UNITS_MAX = 10_000;
/** What was just borrowed is offered where it is before it is lent on, so that a last unit does not wander. */
const KEEP_BORROWED_MS = 1_000;
/** Whoever began a move finishes it much sooner; a lend that is open for longer was left by somebody who died. */
const FINISH_AFTER_MS = 3_000;

/**
 * Moves units from a shard that has many to one that has none: `lent` is written to the lender, and only after it was read
 * back as taken, `borrowed` to the borrower. Two records, since the shards lie in different partitions; in between the units
 * are in transit and nobody's.
 */
export class MoveUnits {
  private readonly borrowing = new Map<string, Promise<boolean>>();
  private readonly awaited = new Map<string, (taken: boolean) => void>();
  private readonly openLends = new Map<string, OpenLend>();
  private readonly borrowedAtMs = new Map<string, number>();

  constructor(private readonly ports: MovePorts) {}

  /**
   * Brings units to a shard. False when no other shard can lend any, or the log was out of reach: otherwise it is worth trying
   * again, though somebody may have been faster. One move at a time for each borrower.
   */
  borrow(stock: PoolStock, borrower: ShardState): Promise<boolean> {
    const key = shardKey(borrower.id);
    const underWay = this.borrowing.get(key);
    if (underWay !== undefined) return underWay;
    const lender = this.richest(stock, borrower);
    if (lender === undefined) return Promise.resolve(false);
    const borrowing = this.move(lender, borrower)
      // The log is out of reach, and its own client tells of that. A lend that was written is finished later.
      .catch(() => false)
      .finally(() => this.borrowing.delete(key));
    this.borrowing.set(key, borrowing);
    return borrowing;
  }

  /** Takes note of the moves that the log has taken. */
  folded(
    stock: PoolStock,
    state: ShardState,
    { record, partition, offset }: StockLogEntry,
    effects: readonly FoldEffect[],
  ): void {
    if (record.kind !== 'lent' && record.kind !== 'borrowed') return;
    const taken = effects.every((effect) => effect.kind !== 'rejected');
    const { moveId } = record;
    const nowMs = this.ports.clock.nowMs();
    if (taken && record.kind === 'borrowed') {
      this.openLends.delete(moveId);
      this.borrowedAtMs.set(shardKey(state.id), nowMs);
    }
    if (taken && record.kind === 'lent') {
      const move = state.lent.get(moveId);
      // The two lie in different partitions, so the borrow may be read first.
      const isDone = stock.shard(record.borrowerShardNo)?.borrowed.has(moveId) === true;
      if (move !== undefined && !isDone) {
        this.openLends.set(moveId, { lender: state.id, partition, offset, move, seenAtMs: nowMs });
      }
    }
    this.awaited.get(awaitedKey(record))?.(taken);
  }

  /** Finishes lends that were left open, whoever made them. */
  async finishOpenLends(): Promise<void> {
    const beforeMs = this.ports.clock.nowMs() - FINISH_AFTER_MS;
    const left = [...this.openLends].filter(([, { seenAtMs }]) => seenAtMs < beforeMs);
    if (left.length === 0) return;
    await this.ports.log.append(
      left.map(([moveId, lend]) => ({
        shard: { ...lend.lender, shardNo: lend.move.otherShardNo },
        record: borrowedRecord(moveId, lend),
      })),
    );
  }

  private async move(lender: ShardState, borrower: ShardState): Promise<boolean> {
    const moveId = this.ports.ids.next();
    const range = rangeToLend(lender);
    const lent = { kind: 'lent', moveId, range, borrowerShardNo: borrower.id.shardNo } as const;
    // Not taken: its units were granted meanwhile. There may be others.
    if (!(await this.write(lender.id, lent))) return true;
    const lend = this.openLends.get(moveId);
    if (lend !== undefined) await this.write(borrower.id, borrowedRecord(moveId, lend));
    return true;
  }

  /** Appends a record and waits until it is read back; tells whether the fold took it. */
  private async write(shard: ShardId, record: MoveRecord): Promise<boolean> {
    const key = awaitedKey(record);
    const readBack = new Promise<boolean>((resolve) => this.awaited.set(key, resolve));
    try {
      await this.ports.log.append([{ shard, record }]);
      return await readBack;
    } finally {
      this.awaited.delete(key);
    }
  }

  private richest(stock: PoolStock, borrower: ShardState): ShardState | undefined {
    const keepSinceMs = this.ports.clock.nowMs() - KEEP_BORROWED_MS;
    let richest: ShardState | undefined;
    for (const state of stock.states) {
      if (state === borrower || state.closed || state.free.size <= (richest?.free.size ?? 0)) continue;
      const key = shardKey(state.id);
      if (this.borrowing.has(key) || (this.borrowedAtMs.get(key) ?? -Infinity) > keepSinceMs) continue;
      richest = state;
    }
    return richest;
  }
}

/** Half of what the lender has, from the end of its largest range: it offers its units from the front. */
function rangeToLend({ free }: ShardState): UnitRange {
  const largest = free.toArray().reduce((one, other) => (other.to - other.from >= one.to - one.from ? other : one));
  const units = Math.min(Math.ceil(free.size / 2), largest.to - largest.from, UNITS_MAX);
  return { from: largest.to - units, to: largest.to };
}

function borrowedRecord(moveId: string, { lender, partition, offset, move }: OpenLend): MoveRecord {
  return {
    kind: 'borrowed',
    moveId,
    range: move.range,
    lenderShardNo: lender.shardNo,
    lenderPartition: partition,
    lenderOffset: offset,
    generations: move.generations,
  };
}

const awaitedKey = ({ kind, moveId }: MoveRecord): string => `${kind}/${moveId}`;
