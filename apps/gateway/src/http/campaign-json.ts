import {
  AdmissionStrategy,
  Campaign,
  CampaignKind,
  CampaignState,
  PacketMode,
  type PacketSpec as PacketMessage,
  type PoolSpec as PoolMessage,
  Settlement as SettlementMessage,
} from '@floodgate/contracts';
import { fen } from '@floodgate/kernel';
import {
  type CampaignSpec,
  type CampaignView,
  type PacketsView,
  type PoolView,
  type Settlement,
  strategy,
} from './campaign-schemas';

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
    authorCommitment: spec.authorCommitment ?? '',
    cards: spec.cards,
    tasks: spec.tasks,
    pools: spec.pools.map((pool) => ({
      poolId: pool.poolId,
      stock: pool.stock,
      shards: pool.shards,
      strategy: AdmissionStrategy[`ADMISSION_STRATEGY_${pool.strategy}`],
      settlement:
        pool.settlement === 'ORDER' ? SettlementMessage.SETTLEMENT_ORDER : SettlementMessage.SETTLEMENT_PAYOUT,
      sharePerQualified: pool.sharePerQualified,
      ...(pool.packets && {
        packets: {
          mode: PacketMode[`PACKET_MODE_${pool.packets.mode}`],
          totalFen: String(pool.packets.totalFen),
          minFen: String(pool.packets.minFen),
          maxFen: String(pool.packets.maxFen),
          levels: pool.packets.levels.map(({ amountFen, count }) => ({ amountFen: String(amountFen), count })),
        },
      }),
      ...(pool.price && {
        price: { priceFen: String(pool.price.priceFen), payWithinMs: String(pool.price.payWithinMs) },
      }),
    })),
  });
}

/** The campaign as everyone may see it. Seeds and secrets do not come here, and would not go on from here. */
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
    ...(message.authorCommitment !== '' && { authorCommitment: message.authorCommitment }),
    ...(message.approverCommitment !== '' && { approverCommitment: message.approverCommitment }),
  };
}

function poolView(message: PoolMessage): PoolView {
  const { poolId, stock, shards, strategy, settlement, sharePerQualified, packets, price } = message;
  return {
    poolId,
    stock,
    shards,
    strategy: strategyName(strategy),
    settlement: settlementName(settlement),
    sharePerQualified,
    ...(packets && { packets: packetsView(packets) }),
    ...(price && { price: { priceFen: fen(price.priceFen), payWithinMs: Number(price.payWithinMs) } }),
  };
}

export function packetsView({ mode, totalFen, minFen, maxFen, levels, commitment }: PacketMessage): PacketsView {
  return {
    mode: packetModeName(mode),
    totalFen: fen(totalFen),
    minFen: fen(minFen),
    maxFen: fen(maxFen),
    levels: levels.map(({ amountFen, count }) => ({ amountFen: fen(amountFen), count })),
    ...(commitment !== '' && { commitment }),
  };
}

function packetModeName(mode: PacketMode): PacketsView['mode'] {
  switch (mode) {
    case PacketMode.PACKET_MODE_EQUAL:
      return 'EQUAL';
    case PacketMode.PACKET_MODE_LEVELS:
      return 'LEVELS';
    case PacketMode.PACKET_MODE_RANDOM:
    case PacketMode.PACKET_MODE_UNSPECIFIED:
      return 'RANDOM';
  }
}

export function settlementName(settlement: SettlementMessage): Settlement {
  return settlement === SettlementMessage.SETTLEMENT_ORDER ? 'ORDER' : 'PAYOUT';
}

const STRATEGY_PREFIX = 'ADMISSION_STRATEGY_';

function strategyName(message: AdmissionStrategy): PoolView['strategy'] {
  const name = message.slice(STRATEGY_PREFIX.length);
  return strategy.options.find((option) => option === name) ?? 'SHARDED_COUNTERS';
}
