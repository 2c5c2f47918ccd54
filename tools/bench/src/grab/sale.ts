import { setTimeout as sleep } from 'node:timers/promises';
import { FloodgateClient } from '@floodgate/client';
import { signJwt } from '@floodgate/nest-kit';
import { StackTrouble } from '@floodgate/tools/stack';

export interface Sale {
  readonly campaignId: string;
  readonly poolId: string;
}

export interface SaleOptions {
  readonly gatewayUrl: string;
  readonly jwtSecret: string;
  readonly campaignId: string;
  readonly stock: number;
  readonly shards: number;
}

const OPENS_IN_MS = 5_000;
const OPEN_FOR_MS = 3_600_000;
const READY_MS_MAX = 60_000;
const POLL_MS = 200;
const POOL_ID = 'bench';

/** Publishes a sale through the gateway and returns when it is open and every shard can be grabbed from. */
export async function openSale({ gatewayUrl, jwtSecret, campaignId, stock, shards }: SaleOptions): Promise<Sale> {
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
    // Nobody pays. The time is short so that nothing of the bench stays open behind it.
    pools: [{ poolId: POOL_ID, stock, shards, settlement: 'ORDER', price: { priceFen: 100, payWithinMs: 1_000 } }],
  });
  if (created.outcome !== 'OK') throw new StackTrouble(`The sale was not created: ${JSON.stringify(created)}`);
  const published = await operator.publishCampaign(campaignId);
  if (published.outcome !== 'OK') throw new StackTrouble(`The sale was not published: ${JSON.stringify(published)}`);
  await untilOpen(operator, campaignId, opensAtMs);
  return { campaignId, poolId: POOL_ID };
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
