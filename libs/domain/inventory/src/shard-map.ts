import { hash32 } from '@floodgate/kernel';
import { type Pool, poolKey, type ShardId, shardKey } from './pool';

/** Version of the rules below. It stands in every `created` record; another version is another rule. */
export const MAP_VERSION = 1;

/** The one shard of a pool that may give this user a unit: fixed by hash, so that nobody can grab in two shards. */
export function homeShard(pool: Pick<Pool, 'campaignId' | 'poolId' | 'shards'>, userId: string): number {
  return hash32(`${poolKey(pool)}/${userId}`, MAP_VERSION) % pool.shards;
}

/** The partition of the stock log that holds everything ever decided about a shard. */
export function partitionOf(shard: ShardId, partitions: number): number {
  return hash32(shardKey(shard), MAP_VERSION) % partitions;
}

/** The units a shard starts with, `to` exclusive; sizes differ by one at most. */
export function initialRange(pool: Pick<Pool, 'stock' | 'shards'>, shardNo: number): { from: number; to: number } {
  return {
    from: Math.floor((pool.stock * shardNo) / pool.shards),
    to: Math.floor((pool.stock * (shardNo + 1)) / pool.shards),
  };
}
