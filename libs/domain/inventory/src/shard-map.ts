import { hash32, homeShardNo, MAP_VERSION } from '@floodgate/kernel';
import { type Pool, type ShardId, shardKey } from './pool';

export { MAP_VERSION };

/** The one shard of a pool that may give this user a unit. */
export function homeShard(
  { campaignId, poolId, shards }: Pick<Pool, 'campaignId' | 'poolId' | 'shards'>,
  userId: string,
): number {
  return homeShardNo(campaignId, poolId, shards, userId);
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
