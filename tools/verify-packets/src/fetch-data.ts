import { FloodgateClient, type GrantedPacket, type Result } from '@floodgate/client';
import { StackTrouble } from '@floodgate/tools/stack';
import { type PublicData } from './data-file';

export interface PoolAddress {
  /** Of the gateway, without a slash at the end. */
  readonly url: string;
  readonly campaignId: string;
  readonly poolId: string;
}

const TIME_BUDGET_MS = 10_000;

/**
 * A closed pool's public data, as anyone gets them.
 * @throws StackTrouble when there are none, or not yet.
 */
export async function fetchData({ url, campaignId, poolId }: PoolAddress): Promise<PublicData> {
  const client = new FloodgateClient({ baseUrl: url, timeBudgetMs: TIME_BUDGET_MS });
  const { packets } = done(await client.packets(campaignId, poolId), 'the packets', url);
  const { revealed, closesAtMs, ...sealed } = packets;
  if (revealed === undefined) {
    const when = new Date(closesAtMs).toISOString();
    throw new StackTrouble(
      `The seed of ${campaignId}/${poolId} is not revealed yet; the pool closes at ${when}, and is settled after that.`,
    );
  }
  const granted: GrantedPacket[] = [];
  for (;;) {
    const from = (granted.at(-1)?.unitNo ?? -1) + 1;
    const page = done(await client.grantedPackets(campaignId, poolId, from), 'the granted packets', url).packets;
    if (page.length === 0) return { pool: { ...sealed, ...revealed }, granted };
    granted.push(...page);
  }
}

function done<T>(result: Result<T>, what: string, url: string): T {
  if (result.outcome === 'OK') return result;
  if (result.outcome === 'GAVE_UP') throw new StackTrouble(`No gateway answers at ${url}.`);
  throw new StackTrouble(`${what} were refused: ${result.outcome} ${result.detail ?? ''}`);
}
