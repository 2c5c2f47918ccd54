import { shardKey } from '@floodgate/domain/inventory';
import { choicesOf } from '@floodgate/kernel';
import { StackTrouble } from '@floodgate/tools/stack';
import { type SaleSpec } from './sale';

const TRIES_MAX = 100_000;

/**
 * A run's id, beginning with `runId`, under which every instance is the first choice of as many shards of each pool as any other,
 * give or take one. By chance one instance would have them all now and then, and no two runs would measure the same.
 */
export function evenRunId(
  runId: string,
  salesOf: (runId: string) => readonly SaleSpec[],
  addresses: readonly string[],
): string {
  for (let no = 0; no < TRIES_MAX; no++) {
    const candidate = `${runId}${no}`;
    if (salesOf(candidate).every((sale) => isEven(sale, addresses))) return candidate;
  }
  throw new StackTrouble(`No id was found under which ${addresses.length} instances share the shards evenly.`);
}

function isEven({ campaignId, pools }: SaleSpec, addresses: readonly string[]): boolean {
  return pools.every(({ poolId, shards }) => {
    const counts = new Map(addresses.map((address) => [address, 0]));
    for (let shardNo = 0; shardNo < shards; shardNo++) {
      const [first = ''] = choicesOf(shardKey({ campaignId, poolId, shardNo }), addresses);
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    return Math.max(...counts.values()) - Math.min(...counts.values()) <= 1;
  });
}
