import { setTimeout as sleep } from 'node:timers/promises';
import { FloodgateClient, type PoolSpec } from '@floodgate/client';
import { signJwt } from '@floodgate/nest-kit';
import { StackTrouble } from '@floodgate/tools/stack';

export type SalePool = Pick<PoolSpec, 'poolId' | 'stock' | 'shards' | 'strategy'>;

/** A sale with as many pools as a campaign may have, POOLS_MAX. */
export interface SaleSpec {
  readonly campaignId: string;
  readonly pools: readonly SalePool[];
}

export interface SaleOptions extends SaleSpec {
  readonly gatewayUrl: string;
  readonly jwtSecret: string;
}

export const POOLS_MAX = 16;

const OPENS_IN_MS = 4_000;
const OPEN_FOR_MS = 3_600_000;
const READY_MS_MAX = 60_000;
const POLL_MS = 200;

/** Publishes a sale through the gateway and returns when it is open and every shard can be grabbed from. */
export async function openSale({ gatewayUrl, jwtSecret, campaignId, pools }: SaleOptions): Promise<void> {
  // Signed here, because the production profile has no development tokens.
  const token = signJwt({ userId: 'bench-operator', roles: ['operator'], ttlMs: OPEN_FOR_MS }, jwtSecret);
  const operator = new FloodgateClient({ baseUrl: gatewayUrl, token });
  const opensAtMs = Date.now() + OPENS_IN_MS;
  const closesAtMs = opensAtMs + OPEN_FOR_MS;
  const created = await operator.createCampaign({
    campaignId,
    kind: 'TIMED_SALE',
    titleZh: '压测',
    titleEn: 'Benchmark',
    timeline: { warmUpAtMs: opensAtMs, opensAtMs, closesAtMs, settleByMs: closesAtMs },
    cards: [],
    tasks: [],
    // Nobody pays and no unit comes back: the order service does not run.
    pools: pools.map((pool) => ({ ...pool, settlement: 'ORDER', price: { priceFen: 100, payWithinMs: OPEN_FOR_MS } })),
  });
  if (created.outcome !== 'OK') throw new StackTrouble(`The sale was not created: ${JSON.stringify(created)}`);
  const published = await operator.publishCampaign(campaignId);
  if (published.outcome !== 'OK') throw new StackTrouble(`The sale was not published: ${JSON.stringify(published)}`);
  await untilOpen(operator, campaignId, opensAtMs);
}

/** Publishes several sales at once; returns when all are open. */
export async function openSales(gatewayUrl: string, jwtSecret: string, sales: readonly SaleSpec[]): Promise<void> {
  await Promise.all(sales.map((sale) => openSale({ gatewayUrl, jwtSecret, ...sale })));
}

async function untilOpen(operator: FloodgateClient, campaignId: string, opensAtMs: number): Promise<void> {
  const giveUpAtMs = performance.now() + OPENS_IN_MS + READY_MS_MAX;
  for (;;) {
    const campaign = await operator.getCampaign(campaignId);
    const venue = await operator.venue(campaignId);
    if (campaign.outcome === 'OK' && campaign.ready && venue.outcome === 'OK' && venue.nowMs >= opensAtMs) return;
    if (performance.now() > giveUpAtMs) {
      throw new StackTrouble(`The sale did not open: ${JSON.stringify(campaign)}, its venue: ${venue.outcome}`);
    }
    await sleep(POLL_MS);
  }
}

/** Where grabs of a sale's pool are sent; `{pool}` where the requests name several. */
export const grabPath = (campaignId: string, poolId = '{pool}') =>
  `/campaigns/${campaignId}/pools/${poolId}/grabs/{grabId}`;
