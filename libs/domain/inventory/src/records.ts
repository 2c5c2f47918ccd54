import { type Pool, type ShardId } from './pool';
import { type UnitRange } from './unit-ranges';

export interface Grant {
  readonly userId: string;
  readonly grabId: string;
  readonly unitNo: number;
  /** Card split only; empty for a sale. */
  readonly qualificationId: string;
}

/** What can stand in the stock log. Whether a record counts is for the fold to say. */
export type StockRecord =
  | {
      readonly kind: 'created';
      readonly foldVersion: number;
      readonly mapVersion: number;
      readonly pool: Pool;
      readonly range: UnitRange;
    }
  | { readonly kind: 'added'; readonly addId: string; readonly range: UnitRange }
  | { readonly kind: 'granted'; readonly grants: readonly Grant[] }
  | {
      readonly kind: 'ended';
      readonly userId: string;
      readonly grabId: string;
      readonly unitNo: number;
      readonly toStock: boolean;
      readonly causationId: string;
    }
  | { readonly kind: 'voided'; readonly userId: string; readonly grabId: string }
  | { readonly kind: 'lent'; readonly moveId: string; readonly range: UnitRange; readonly borrowerShardNo: number }
  | {
      readonly kind: 'borrowed';
      readonly moveId: string;
      readonly range: UnitRange;
      readonly lenderShardNo: number;
      readonly lenderPartition: number;
      readonly lenderOffset: number;
      readonly generations: readonly number[];
    }
  | { readonly kind: 'closed' };

/** A record with its place in the log. */
export interface StockLogEntry {
  readonly shard: ShardId;
  readonly partition: number;
  readonly offset: number;
  readonly writtenAtMs: number;
  readonly record: StockRecord;
}
