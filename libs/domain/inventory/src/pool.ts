import { type PacketTerms } from '@floodgate/domain/packets';
import { type Fen } from '@floodgate/kernel';

/** What a granted unit leads to: an order that is to be paid, or money that is paid out. */
export type Settlement = 'order' | 'payout';

/** How a pool's money is cut into packets, and what decides the amounts. */
export interface PacketPlan extends PacketTerms {
  /** Decides the amounts; never leaves the platform before closing. */
  readonly seed: string;
  /** Of seed, terms and pool: what `created` has fixed before T0. Empty in a log from before there were any. */
  readonly commitment: string;
  /** What the seed was made of, shown together with it. */
  readonly authorSecret: string;
  readonly approverSecret: string;
}

export interface Price {
  readonly priceFen: Fen;
  readonly payWithinMs: number;
}

/**
 * How proposals are made; the stock log decides whichever it is. Sharded counters is the default: each shard's free ranges in
 * Redis. Local quota: the instance lets in what its own quota allows before it asks Redis. Unit queue: unit numbers lie
 * ready and are popped one by one. Memory: the first choice proposes out of its own fold, without Redis.
 */
export type AdmissionStrategy = 'sharded-counters' | 'local-quota' | 'unit-queue' | 'memory';

/** A pool as published, carried by each shard's `created` record so that the log alone is enough to serve it. */
export interface Pool {
  readonly campaignId: string;
  readonly poolId: string;
  /** Units are numbered 0 to stock - 1. */
  readonly stock: number;
  readonly shards: number;
  readonly strategy: AdmissionStrategy;
  readonly settlement: Settlement;
  readonly packets: PacketPlan | undefined;
  readonly price: Price | undefined;
  /** T0, by database time. */
  readonly opensAtMs: number;
  readonly closesAtMs: number;
}

export interface ShardId {
  readonly campaignId: string;
  readonly poolId: string;
  readonly shardNo: number;
}

/** The text form of a shard's id: key of its records in the log and hash tag of its keys in Redis. */
export function shardKey({ campaignId, poolId, shardNo }: ShardId): string {
  return `${campaignId}/${poolId}/${shardNo}`;
}

export function poolKey({ campaignId, poolId }: Pick<ShardId, 'campaignId' | 'poolId'>): string {
  return `${campaignId}/${poolId}`;
}
