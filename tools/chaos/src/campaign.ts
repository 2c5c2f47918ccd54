import { CampaignPublishedV1 } from '@floodgate/contracts';
import { type AdmissionStrategy } from '@floodgate/domain/inventory';
import { type Evidence } from '@floodgate/tools/audit';
import { type SchedulePlan } from './plan/schedule-plan';

const HOUR_MS = 3_600_000;
const PACKET_FEN = 100;

const STRATEGIES: Readonly<Record<AdmissionStrategy, string>> = {
  'sharded-counters': 'ADMISSION_STRATEGY_SHARDED_COUNTERS',
  'local-quota': 'ADMISSION_STRATEGY_LOCAL_QUOTA',
  'unit-queue': 'ADMISSION_STRATEGY_UNIT_QUEUE',
  memory: 'ADMISSION_STRATEGY_MEMORY',
};

/** The event with which activity publishes the schedule's campaign; it has been open for an hour. */
export function publishedEvent({ campaignId, pools }: Pick<SchedulePlan, 'campaignId' | 'pools'>): CampaignPublishedV1 {
  const nowMs = Date.now();
  return CampaignPublishedV1.fromJSON({
    eventId: `published-${campaignId}`,
    occurredAtMs: String(nowMs),
    campaignId,
    causationId: 'chaos',
    operatorId: 'chaos',
    campaign: {
      campaignId,
      kind: 'CAMPAIGN_KIND_TIMED_SALE',
      state: 'CAMPAIGN_STATE_PUBLISHED',
      titleZh: '混沌',
      titleEn: 'Chaos',
      timeline: {
        warmUpAtMs: String(nowMs - HOUR_MS),
        opensAtMs: String(nowMs - HOUR_MS),
        closesAtMs: String(nowMs + HOUR_MS),
        settleByMs: String(nowMs + 2 * HOUR_MS),
      },
      pools: pools.map(({ poolId, stock, shards, settlement, strategy }) => ({
        poolId,
        stock,
        shards,
        strategy: STRATEGIES[strategy],
        ...(settlement === 'order'
          ? { settlement: 'SETTLEMENT_ORDER', price: { priceFen: '100', payWithinMs: '60000' } }
          : { settlement: 'SETTLEMENT_PAYOUT', packets: packetsOf(stock, campaignId) }),
      })),
    },
  });
}

function packetsOf(stock: number, seed: string) {
  const totalFen = String(stock * PACKET_FEN);
  return { mode: 'PACKET_MODE_RANDOM', totalFen, minFen: '1', maxFen: String(stock * PACKET_FEN), seed };
}

/** The pools as the audit wants them: by key, as published. */
export function publishedPools({ campaignId, campaign }: CampaignPublishedV1): Evidence['published'] {
  const pools = campaign?.pools ?? [];
  return new Map(pools.map((spec) => [`${campaignId}/${spec.poolId}`, { campaignId, spec }]));
}
