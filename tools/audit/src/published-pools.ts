import { Campaign, type PoolSpec } from '@floodgate/contracts';
import { poolKey } from '@floodgate/domain/inventory';
import { StackTrouble } from '@floodgate/tools/stack';
import { type MysqlSnapshot } from './mysql-snapshot';
import { type Scope } from './scope';

export interface PublishedPool {
  readonly campaignId: string;
  readonly spec: PoolSpec;
  /** To the pool's packets, as people are shown it. */
  readonly commitment?: string;
}

/** What activity keeps of a pool's packets beside the specification. */
interface Seal {
  readonly poolId: string;
  readonly fixed?: { readonly stock: number; readonly totalFen: number; readonly commitment: string };
}

/**
 * The pools of all published campaigns, by poolKey, from the specification as the operator gave it; units and money of a pool of
 * one share for everyone qualified as they were counted.
 * @throws StackTrouble when the audit is about a campaign that is not there.
 */
export async function readPublishedPools(
  snapshot: MysqlSnapshot,
  activitySchema: string,
  scope: Scope,
): Promise<Map<string, PublishedPool>> {
  const pools = new Map<string, PublishedPool>();
  const rows = snapshot.rows<{ campaignId: string; spec: string; seals: string | null }>(
    `SELECT campaign_id AS campaignId, spec, seals FROM ${activitySchema}.campaigns
     WHERE state = 'PUBLISHED' AND ${scope.where('campaign_id')}`,
    scope.values,
  );
  const found = new Set<string>();
  for await (const { campaignId, spec, seals } of rows) {
    found.add(campaignId);
    const kept = JSON.parse(seals ?? '[]') as Seal[];
    for (const pool of Campaign.fromJSON(JSON.parse(spec)).pools) {
      const { poolId } = pool;
      const seal = kept.find((one) => one.poolId === poolId);
      pools.set(poolKey({ campaignId, poolId }), { campaignId, ...publishedPool(pool, seal) });
    }
  }
  const missing = scope.named.filter((campaignId) => !found.has(campaignId));
  if (missing.length > 0) throw new StackTrouble(`No published campaign is called ${missing.join(', ')}.`);
  return pools;
}

function publishedPool(spec: PoolSpec, seal: Seal | undefined): Omit<PublishedPool, 'campaignId'> {
  if (seal?.fixed === undefined) return { spec };
  const { stock, totalFen, commitment } = seal.fixed;
  const counted: Partial<PoolSpec> = spec.sharePerQualified
    ? { stock, packets: spec.packets && { ...spec.packets, totalFen: String(totalFen) } }
    : {};
  return { spec: { ...spec, ...counted }, commitment };
}
