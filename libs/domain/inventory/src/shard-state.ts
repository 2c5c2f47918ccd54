import { type Pool, type ShardId } from './pool';
import { UnitRanges, type UnitRange } from './unit-ranges';

/** A unit in a user's hands, or a packet taken back from them. */
export interface Holding {
  readonly userId: string;
  readonly grabId: string;
  readonly unitNo: number;
  readonly generation: number;
  readonly qualificationId: string;
}

/** What became of a grab that the log decided. */
export type GrabFate =
  | { readonly kind: 'held'; readonly holding: Holding }
  | { readonly kind: 'ended'; readonly holding: Holding }
  | { readonly kind: 'withdrawn'; readonly holding: Holding }
  | { readonly kind: 'voided'; readonly userId: string };

export interface Move {
  readonly range: UnitRange;
  readonly otherShardNo: number;
  readonly generations: readonly number[];
}

/** All that the log has decided about one shard. Changed by the fold alone. */
export interface ShardState {
  readonly id: ShardId;
  /** Undefined until the shard's `created` record. */
  pool: Pool | undefined;
  readonly free: UnitRanges;
  /** Every number this shard ever had, so that none can be added twice. */
  readonly everHad: UnitRanges;
  readonly heldByUser: Map<string, Holding>;
  readonly grabs: Map<string, GrabFate>;
  /** How often a unit was granted and ended before; absent means never. */
  readonly generations: Map<number, number>;
  readonly spentQualifications: Set<string>;
  readonly addIds: Set<string>;
  readonly lent: Map<string, Move>;
  readonly borrowed: Map<string, Move>;
  heldCount: number;
  withdrawnCount: number;
  closed: boolean;
  /** Offset of the shard's last record in its partition, -1 before the first. */
  lastOffset: number;
}

export function emptyShard(id: ShardId): ShardState {
  return {
    id,
    pool: undefined,
    free: new UnitRanges(),
    everHad: new UnitRanges(),
    heldByUser: new Map(),
    grabs: new Map(),
    generations: new Map(),
    spentQualifications: new Set(),
    addIds: new Set(),
    lent: new Map(),
    borrowed: new Map(),
    heldCount: 0,
    withdrawnCount: 0,
    closed: false,
    lastOffset: -1,
  };
}
