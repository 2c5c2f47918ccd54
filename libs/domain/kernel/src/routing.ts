import { hash32 } from './hash';

/** Version of the rules in this file. It stands in every shard's `created` record; another version is another rule. */
export const MAP_VERSION = 1;

/** The one shard of a pool that may give this user a unit: fixed by hash, so that nobody can grab in two shards. */
export function homeShardNo(campaignId: string, poolId: string, shards: number, userId: string): number {
  return hash32(`${campaignId}/${poolId}/${userId}`, MAP_VERSION) % shards;
}

/**
 * The instances that may serve a shard, first choice first, by rendezvous hashing: when one comes or goes, only the shards it
 * is first for move, and everybody who knows the same names agrees without talking.
 */
export function choicesOf(shardKey: string, instances: readonly string[]): string[] {
  return instances
    .map((name) => ({ name, weight: hash32(`${shardKey}@${name}`, MAP_VERSION) }))
    .sort((one, other) => other.weight - one.weight || (one.name < other.name ? -1 : 1))
    .map(({ name }) => name);
}
