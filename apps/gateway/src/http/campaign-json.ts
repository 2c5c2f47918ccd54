import {
  AdmissionStrategy,
  Campaign,
  CampaignKind,
  CampaignState,
  PacketMode,
  type PoolSpec as PoolMessage,
  Settlement as SettlementMessage,
} from '@floodgate/contracts';
import { fen } from '@floodgate/kernel';
import { type CampaignSpec, type CampaignView, type PoolView, type Settlement, strategy } from './campaign-schemas';

/** The campaign as contracts carry it. What the numbers must be to make sense is activity's to say. */
export function toMessage(spec: CampaignSpec): Campaign {
  const { timeline } = spec;
  return Campaign.fromPartial({
    campaignId: spec.campaignId,
    kind: spec.kind === 'CARD_SPLIT' ? CampaignKind.CAMPAIGN_KIND_CARD_SPLIT : CampaignKind.CAMPAIGN_KIND_TIMED_SALE,
    titleZh: spec.titleZh,
    titleEn: spec.titleEn,
    timeline: {
      warmUpAtMs: String(timeline.warmUpAtMs),
      opensAtMs: String(timeline.opensAtMs),
      qualifyUntilMs: String(timeline.qualifyUntilMs ?? 0),
      splitAtMs: String(timeline.splitAtMs ?? 0),
      closesAtMs: String(timeline.closesAtMs),
      settleByMs: String(timeline.settleByMs),
    },
    cards: spec.cards,
    tasks: spec.tasks,
    pools: spec.pools.map((pool) => ({
      poolId: pool.poolId,
      stock: pool.stock,
      shards: pool.shards,
      strategy: AdmissionStrategy[`ADMISSION_STRATEGY_${pool.strategy}`],
      settlement:
        pool.settlement === 'ORDER' ? SettlementMessage.SETTLEMENT_ORDER : SettlementMessage.SETTLEMENT_PAYOUT,
      ...(pool.packets && {
        packets: {
          mode: pool.packets.mode === 'EQUAL' ? PacketMode.PACKET_MODE_EQUAL : PacketMode.PACKET_MODE_RANDOM,
          totalFen: String(pool.packets.totalFen),
          minFen: String(pool.packets.minFen),
          maxFen: String(pool.packets.maxFen),
          seed: pool.packets.seed,
        },
      }),
      ...(pool.price && {
        price: { priceFen: String(pool.price.priceFen), payWithinMs: String(pool.price.payWithinMs) },
      }),
    })),
  });
}

/** The campaign as everyone may see it: without the seeds of its packets. */
export function toView(message: Campaign): CampaignView {
  const timeline = message.timeline;
  const kind = message.kind === CampaignKind.CAMPAIGN_KIND_CARD_SPLIT ? 'CARD_SPLIT' : 'TIMED_SALE';
  return {
    campaignId: message.campaignId,
    kind,
    state: message.state === CampaignState.CAMPAIGN_STATE_PUBLISHED ? 'PUBLISHED' : 'DRAFT',
    titleZh: message.titleZh,
    titleEn: message.titleEn,
    timeline: {
      warmUpAtMs: Number(timeline?.warmUpAtMs ?? 0),
      opensAtMs: Number(timeline?.opensAtMs ?? 0),
      ...(kind === 'CARD_SPLIT' && {
        qualifyUntilMs: Number(timeline?.qualifyUntilMs ?? 0),
        splitAtMs: Number(timeline?.splitAtMs ?? 0),
      }),
      closesAtMs: Number(timeline?.closesAtMs ?? 0),
      settleByMs: Number(timeline?.settleByMs ?? 0),
    },
    cards: message.cards.map(({ cardId, nameZh, nameEn, weight, budget }) => ({
      cardId,
      nameZh,
      nameEn,
      weight,
      budget,
    })),
    tasks: message.tasks.map(({ taskId, nameZh, nameEn, draws }) => ({ taskId, nameZh, nameEn, draws })),
    pools: message.pools.map(poolView),
  };
}

function poolView({ poolId, stock, shards, strategy, settlement, packets, price }: PoolMessage): PoolView {
  return {
    poolId,
    stock,
    shards,
    strategy: strategyName(strategy),
    settlement: settlementName(settlement),
    ...(packets && {
      packets: {
        mode: packets.mode === PacketMode.PACKET_MODE_EQUAL ? 'EQUAL' : 'RANDOM',
        totalFen: fen(packets.totalFen),
        minFen: fen(packets.minFen),
        maxFen: fen(packets.maxFen),
      },
    }),
    ...(price && { price: { priceFen: fen(price.priceFen), payWithinMs: Number(price.payWithinMs) } }),
  };
}

export function settlementName(settlement: SettlementMessage): Settlement {
  return settlement === SettlementMessage.SETTLEMENT_ORDER ? 'ORDER' : 'PAYOUT';
}

const STRATEGY_PREFIX = 'ADMISSION_STRATEGY_';

function strategyName(message: AdmissionStrategy): PoolView['strategy'] {
  const name = message.slice(STRATEGY_PREFIX.length);
  return strategy.options.find((option) => option === name) ?? 'SHARDED_COUNTERS';
}
