import { inventoryV1 } from '@floodgate/contracts';
import { OutcomeError } from '@floodgate/kernel';
import { callUnary, NonCriticalCalls } from '@floodgate/nest-kit';
import { Injectable } from '@nestjs/common';
import { Services } from './services';

export type PoolCount = inventoryV1.PoolCount;

/** What a campaign's pools hold, asked of every inventory instance. For operators; people see StockLevels. */
@Injectable()
export class PoolCounts {
  constructor(
    private readonly services: Services,
    private readonly calls: NonCriticalCalls,
  ) {}

  /**
   * The counts of the instance that has read furthest. A pool is ready when every instance that answers says so, since any of
   * them may get its grabs. Throws TRY_LATER when none answers.
   */
  async measure(campaignId: string): Promise<PoolCount[]> {
    const { inventory, hops } = this.services;
    const asked = inventory.map(({ address, client }) =>
      this.calls
        .of(`inventory.count-pools ${address}`)
        .ask(() => callUnary(client, client.describePools, { campaignId }, hops.poolCounts)),
    );
    const told = (await Promise.all(asked)).flatMap((answer) => answer ?? []);
    if (told.length === 0) throw new OutcomeError('TRY_LATER', 'no inventory instance has counted its pools');
    const merged = new Map<string, PoolCount>();
    for (const { pools } of told)
      for (const pool of pools) merged.set(pool.poolId, further(merged.get(pool.poolId), pool));
    return [...merged.values()].map((pool) => ({
      ...pool,
      ready: told.every(({ pools }) => pools.some(({ poolId, ready }) => poolId === pool.poolId && ready)),
    }));
  }
}

// An instance that has read less of the log has seen fewer units created, or fewer taken.
function further(one: PoolCount | undefined, other: PoolCount): PoolCount {
  if (one === undefined || created(other) > created(one)) return other;
  return created(other) === created(one) && other.free < one.free ? other : one;
}

const created = ({ free, held, inTransit, withdrawn }: PoolCount) => free + held + inTransit + withdrawn;
