import { Campaign, type PoolSpec } from '@floodgate/contracts';
import { poolKey } from '@floodgate/domain/inventory';
import { StackTrouble } from '@floodgate/tools/stack';
import { type MysqlSnapshot } from './mysql-snapshot';
import { type Scope } from './scope';

export interface PublishedPool {
  readonly campaignId: string;
  readonly spec: PoolSpec;
}

/**
 * The pools of all published campaigns, by poolKey, from the specification as the operator gave it.
 * @throws StackTrouble when the audit is about a campaign that is not there.
 */
export async function readPublishedPools(
  snapshot: MysqlSnapshot,
  activitySchema: string,
  scope: Scope,
): Promise<Map<string, PublishedPool>> {
  const pools = new Map<string, PublishedPool>();
  const rows = snapshot.rows<{ campaignId: string; spec: string }>(
    `SELECT campaign_id AS campaignId, spec FROM ${activitySchema}.campaigns
     WHERE state = 'PUBLISHED' AND ${scope.where('campaign_id')}`,
    scope.values,
  );
  const found = new Set<string>();
  for await (const { campaignId, spec } of rows) {
    found.add(campaignId);
    for (const pool of Campaign.fromJSON(JSON.parse(spec)).pools) {
      pools.set(poolKey({ campaignId, poolId: pool.poolId }), { campaignId, spec: pool });
    }
  }
  const missing = scope.named.filter((campaignId) => !found.has(campaignId));
  if (missing.length > 0) throw new StackTrouble(`No published campaign is called ${missing.join(', ')}.`);
  return pools;
}
