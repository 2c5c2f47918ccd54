import { type ReceivedEvent } from '@floodgate/adapters/kafka';
import { poolOf } from '@floodgate/adapters/stock-log';
import { type Campaign, CampaignKind, type CampaignPublishedV1, type SharesFixedV1 } from '@floodgate/contracts';
import {
  FOLD_VERSION,
  type GrabUnit,
  initialRange,
  MAP_VERSION,
  type Pool,
  type StockRecord,
} from '@floodgate/domain/inventory';
import { type KafkaStockLog } from '../adapters/kafka-stock-log';

/**
 * Writes a published campaign's pools into the stock log, a `created` record a shard. Written again after a crash they
 * change nothing: only a shard's first record counts.
 */
export async function createShards(
  events: readonly ReceivedEvent<CampaignPublishedV1>[],
  log: KafkaStockLog,
  grabUnit: GrabUnit,
): Promise<void> {
  for (const { message } of events) {
    if (message.campaign === undefined) continue;
    for (const pool of poolsOf(message.campaign)) await createPool(pool, log, grabUnit);
  }
}

/** The same for pools of one share for everyone qualified, once these are counted. */
export async function createShares(
  events: readonly ReceivedEvent<SharesFixedV1>[],
  log: KafkaStockLog,
  grabUnit: GrabUnit,
): Promise<void> {
  for (const { message } of events) await createPool(poolOf(message.campaignId, message.pool, message), log, grabUnit);
}

async function createPool(pool: Pool, log: KafkaStockLog, grabUnit: GrabUnit): Promise<void> {
  const { campaignId, poolId } = pool;
  if (grabUnit.describe(campaignId).some((count) => count.ready && count.pool.poolId === poolId)) return;
  const records = Array.from({ length: pool.shards }, (_, shardNo) => {
    const range = initialRange(pool, shardNo);
    const record: StockRecord = { kind: 'created', foldVersion: FOLD_VERSION, mapVersion: MAP_VERSION, pool, range };
    return { shard: { campaignId, poolId, shardNo }, record };
  });
  await log.append(records);
}

function poolsOf({ campaignId, kind, timeline, pools }: Campaign): Pool[] {
  if (timeline === undefined) return [];
  const isSplit = kind === CampaignKind.CAMPAIGN_KIND_CARD_SPLIT;
  const opensAtMs = isSplit ? timeline.splitAtMs : timeline.opensAtMs;
  // A pool without units is still to be fixed, and told by shares-fixed then.
  const fixed = pools.filter(({ stock }) => stock > 0);
  return fixed.map((spec) => poolOf(campaignId, spec, { opensAtMs, closesAtMs: timeline.closesAtMs }));
}
