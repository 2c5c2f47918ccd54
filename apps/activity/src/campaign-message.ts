import * as contracts from '@floodgate/contracts';
import {
  type AdmissionStrategy,
  type Campaign,
  type CampaignKind,
  type CampaignSpec,
  type FixedPackets,
  type PacketMode,
  type PoolSeal,
  type PoolSpec,
  type Settlement,
  type Timeline,
} from '@floodgate/domain/activity';
import { OutcomeError } from '@floodgate/kernel';

const {
  CampaignKind: Kind,
  CampaignState: State,
  Settlement: Settle,
  PacketMode: Mode,
  AdmissionStrategy: Strategy,
} = contracts;

/**
 * What a message says, as the domain's spec. Throws INVALID_REQUEST naming the field that says nothing at all; whether
 * the numbers make sense is for the domain to judge.
 */
export function fromCampaignMessage(message: contracts.Campaign): CampaignSpec {
  if (message.timeline === undefined) throw missing('timeline');
  return {
    campaignId: message.campaignId,
    kind: kindOf(message.kind),
    titleZh: message.titleZh,
    titleEn: message.titleEn,
    timeline: timelineOf(message.timeline),
    cards: message.cards.map(({ cardId, nameZh, nameEn, weight, budget }) => ({
      cardId,
      nameZh,
      nameEn,
      weight,
      budget,
    })),
    tasks: message.tasks.map(({ taskId, nameZh, nameEn, draws }) => ({ taskId, nameZh, nameEn, draws })),
    pools: message.pools.map((pool, index) => poolOf(pool, `pools.${index}`)),
    authorCommitment: message.authorCommitment === '' ? undefined : message.authorCommitment,
  };
}

/** What anyone may be told: neither seeds nor secrets. */
export function toCampaignMessage(campaign: Campaign): contracts.Campaign {
  return messageOf(campaign, ({ fixed }) => ({ ...UNTOLD, commitment: fixed?.commitment ?? '' }));
}

/** What campaign-published carries to the other services: everything. */
export function toSealedMessage(campaign: Campaign): contracts.Campaign {
  return messageOf(campaign, ({ seed, authorSecret, approverSecret, fixed }) => ({
    seed,
    authorSecret,
    approverSecret,
    commitment: fixed?.commitment ?? '',
  }));
}

type Sealed = Pick<contracts.PacketSpec, 'seed' | 'commitment' | 'authorSecret' | 'approverSecret'>;

const UNTOLD: Sealed = { seed: '', commitment: '', authorSecret: '', approverSecret: '' };

function messageOf(campaign: Campaign, told: (seal: PoolSeal) => Sealed): contracts.Campaign {
  return {
    campaignId: campaign.campaignId,
    kind: campaign.kind === 'CARD_SPLIT' ? Kind.CAMPAIGN_KIND_CARD_SPLIT : Kind.CAMPAIGN_KIND_TIMED_SALE,
    state: campaign.state === 'DRAFT' ? State.CAMPAIGN_STATE_DRAFT : State.CAMPAIGN_STATE_PUBLISHED,
    titleZh: campaign.titleZh,
    titleEn: campaign.titleEn,
    timeline: {
      warmUpAtMs: String(campaign.timeline.warmUpAtMs),
      opensAtMs: String(campaign.timeline.opensAtMs),
      qualifyUntilMs: String(campaign.timeline.qualifyUntilMs ?? 0),
      splitAtMs: String(campaign.timeline.splitAtMs ?? 0),
      closesAtMs: String(campaign.timeline.closesAtMs),
      settleByMs: String(campaign.timeline.settleByMs),
    },
    cards: campaign.cards.map((card) => ({ ...card })),
    tasks: campaign.tasks.map((task) => ({ ...task })),
    pools: campaign.pools.map((pool) => {
      const seal = campaign.seals.find(({ poolId }) => poolId === pool.poolId);
      return toPoolMessage(pool, seal?.fixed, seal === undefined ? UNTOLD : told(seal));
    }),
    authorCommitment: campaign.authorCommitment ?? '',
    approverCommitment: campaign.approverCommitment ?? '',
  };
}

function toPoolMessage(pool: PoolSpec, fixed: FixedPackets | undefined, sealed: Sealed): contracts.PoolSpec {
  const { poolId, strategy, settlement, sharePerQualified, packets, price } = pool;
  const stock = fixed?.stock ?? pool.stock;
  return {
    poolId,
    stock,
    // Fewer people than shards were asked for: none may be without a unit.
    shards: stock === 0 ? pool.shards : Math.min(pool.shards, stock),
    strategy: Strategy[`ADMISSION_STRATEGY_${strategy}`],
    settlement: settlement === 'ORDER' ? Settle.SETTLEMENT_ORDER : Settle.SETTLEMENT_PAYOUT,
    sharePerQualified,
    packets: packets && {
      ...sealed,
      mode: Mode[`PACKET_MODE_${packets.mode}`],
      totalFen: String(fixed?.totalFen ?? packets.totalFen),
      minFen: String(packets.minFen),
      maxFen: String(packets.maxFen),
      levels: packets.levels.map(({ amountFen, count }) => ({ amountFen: String(amountFen), count })),
    },
    price: price && { priceFen: String(price.priceFen), payWithinMs: String(price.payWithinMs) },
  };
}

function timelineOf(message: contracts.Timeline): Timeline {
  // proto3 cannot say "unset" of a number: a timeline has no instant 0.
  const optional = (instant: string): number | undefined => (instant === '0' ? undefined : Number(instant));
  return {
    warmUpAtMs: Number(message.warmUpAtMs),
    opensAtMs: Number(message.opensAtMs),
    qualifyUntilMs: optional(message.qualifyUntilMs),
    splitAtMs: optional(message.splitAtMs),
    closesAtMs: Number(message.closesAtMs),
    settleByMs: Number(message.settleByMs),
  };
}

function poolOf(message: contracts.PoolSpec, field: string): PoolSpec {
  const { poolId, stock, shards, sharePerQualified, packets, price } = message;
  return {
    poolId,
    stock,
    shards,
    strategy: strategyOf(message.strategy),
    settlement: settlementOf(message.settlement, `${field}.settlement`),
    sharePerQualified,
    packets: packets && {
      mode: modeOf(packets.mode, `${field}.packets.mode`),
      totalFen: Number(packets.totalFen),
      minFen: Number(packets.minFen),
      maxFen: Number(packets.maxFen),
      levels: packets.levels.map(({ amountFen, count }) => ({ amountFen: Number(amountFen), count })),
    },
    price: price && { priceFen: Number(price.priceFen), payWithinMs: Number(price.payWithinMs) },
  };
}

function kindOf(kind: contracts.CampaignKind): CampaignKind {
  switch (kind) {
    case Kind.CAMPAIGN_KIND_CARD_SPLIT:
      return 'CARD_SPLIT';
    case Kind.CAMPAIGN_KIND_TIMED_SALE:
      return 'TIMED_SALE';
    case Kind.CAMPAIGN_KIND_UNSPECIFIED:
      throw missing('kind');
  }
}

// A campaign that names none is served by the default.
function strategyOf(strategy: contracts.AdmissionStrategy): AdmissionStrategy {
  switch (strategy) {
    case Strategy.ADMISSION_STRATEGY_UNSPECIFIED:
    case Strategy.ADMISSION_STRATEGY_SHARDED_COUNTERS:
      return 'SHARDED_COUNTERS';
    case Strategy.ADMISSION_STRATEGY_LOCAL_QUOTA:
      return 'LOCAL_QUOTA';
    case Strategy.ADMISSION_STRATEGY_UNIT_QUEUE:
      return 'UNIT_QUEUE';
    case Strategy.ADMISSION_STRATEGY_MEMORY:
      return 'MEMORY';
  }
}

function settlementOf(settlement: contracts.Settlement, field: string): Settlement {
  switch (settlement) {
    case Settle.SETTLEMENT_ORDER:
      return 'ORDER';
    case Settle.SETTLEMENT_PAYOUT:
      return 'PAYOUT';
    case Settle.SETTLEMENT_UNSPECIFIED:
      throw missing(field);
  }
}

function modeOf(mode: contracts.PacketMode, field: string): PacketMode {
  switch (mode) {
    case Mode.PACKET_MODE_EQUAL:
      return 'EQUAL';
    case Mode.PACKET_MODE_RANDOM:
      return 'RANDOM';
    case Mode.PACKET_MODE_LEVELS:
      return 'LEVELS';
    case Mode.PACKET_MODE_UNSPECIFIED:
      throw missing(field);
  }
}

const missing = (field: string): OutcomeError =>
  new OutcomeError('INVALID_REQUEST', `${field}: must be given`, { field });
