import { type ShardId } from './pool';
import { type Grant, type StockRecord } from './records';
import { type UnitRange } from './unit-ranges';

export interface ProposeItem {
  readonly userId: string;
  readonly grabId: string;
}

/** What the cache says of one grab. Only a hint: the log decides. */
export type Proposal =
  /** A unit is set aside for this grab, now or by an earlier attempt. */
  | { readonly kind: 'proposed'; readonly unitNo: number }
  /** This user has something under another grab: proposed, or already held. */
  | { readonly kind: 'other-grab'; readonly grabId: string }
  | { readonly kind: 'held' }
  | { readonly kind: 'none-free' };

/** What one folded record changes in the cache. */
export type CacheChange =
  | { readonly kind: 'granted'; readonly userId: string; readonly grabId: string; readonly unitNo: number }
  /** The proposal did not count; `unitFree` says whether its unit can be offered again. */
  | {
      readonly kind: 'refused';
      readonly userId: string;
      readonly grabId: string;
      readonly unitNo: number;
      readonly unitFree: boolean;
    }
  | { readonly kind: 'ended'; readonly userId: string; readonly grabId: string; readonly unitNo: number }
  /** This grab can never be granted: whatever is set aside for it is free. */
  | { readonly kind: 'voided'; readonly userId: string; readonly grabId: string }
  /** Units that came to the shard: added or borrowed. */
  | { readonly kind: 'added'; readonly range: UnitRange }
  /** Units that left it: lent. What is proposed of them is refused by the log. */
  | { readonly kind: 'removed'; readonly range: UnitRange };

/** A unit that is set aside for a grab and not decided yet. */
export interface OpenProposal {
  readonly userId: string;
  readonly grabId: string;
  readonly unitNo: number;
}

export interface ShardSnapshot {
  /** Offset of the last record in it. */
  readonly offset: number;
  readonly free: readonly UnitRange[];
  readonly holders: readonly { readonly userId: string; readonly grabId: string; readonly unitNo: number }[];
}

/** A complete load that an instance finds in the cache when it takes a shard over. */
export interface PresentLoad {
  readonly loadId: string;
  /** Offset of the last record that the cache has taken. */
  readonly offset: number;
}

/**
 * The admission cache of one pool's shards. It may lose, forget or invent anything: that costs refused proposals, never a
 * unit. Every call names the load it believes in; `lost` means that the shard must be loaded from the fold again.
 */
export interface Admission {
  /** One atomic step for all items; answers in their order. */
  propose(
    shard: ShardId,
    loadId: string,
    nowMs: number,
    items: readonly ProposeItem[],
  ): Promise<readonly Proposal[] | 'lost'>;
  /**
   * Takes over the record at `offset`, which follows the one at `previousOffset`. One that was taken before (by the other
   * choice of the shard, under the same load) changes nothing and is `ok`; a gap is `lost`.
   */
  apply(
    shard: ShardId,
    loadId: string,
    step: { readonly previousOffset: number; readonly offset: number },
    changes: readonly CacheChange[],
  ): Promise<'ok' | 'lost'>;
  /** Replaces whatever the cache holds. `lost` when somebody else began another load meanwhile. */
  load(shard: ShardId, loadId: string, snapshot: ShardSnapshot): Promise<'ok' | 'lost'>;
  /** The complete load that is there; undefined when there is none. */
  present(shard: ShardId): Promise<PresentLoad | undefined>;
  /** Proposals noted before `beforeMs` and not decided, oldest first, at most a few hundred. */
  overdue(shard: ShardId, loadId: string, beforeMs: number): Promise<readonly OpenProposal[] | 'lost'>;
  /** Frees the units of proposals where user, grab and unit still match. */
  giveBack(shard: ShardId, loadId: string, proposals: readonly OpenProposal[]): Promise<'ok' | 'lost'>;
  /**
   * Names the server that holds the shard, with its run id, replication id and role: another name than at the load means that
   * what is there may be older than it seems.
   */
  place(shard: ShardId): Promise<string>;
}

/** Where proposals go. What became of one is read back from the log, never told here. */
export interface StockLog {
  /** Tries until the log has the grant. */
  propose(shard: ShardId, grant: Grant): void;
  /** Appends records. Rejects when the log could not be reached; whether any is in it is then unknown. */
  append(records: readonly { readonly shard: ShardId; readonly record: StockRecord }[]): Promise<void>;
}

/** The reading end of the stock log. */
export interface StockLogReader {
  /**
   * Resolves when the fold has taken everything that stood in the shard's partition when this was called. Rejects when the log is away, or
   * stands still for `waitMsMax`.
   */
  readToEnd(shard: ShardId, waitMsMax: number): Promise<void>;
}
