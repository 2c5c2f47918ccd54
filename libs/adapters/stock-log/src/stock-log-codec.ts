import {
  AdmissionStrategy as StrategyMessage,
  PacketMode,
  type PacketSpec,
  type PoolSpec,
  Settlement,
  type ShardCreated,
  type StockLogRecordV1,
} from '@floodgate/contracts';
import {
  type AdmissionStrategy,
  FoldStop,
  type PacketPlan,
  type Pool,
  type ShardId,
  type StockRecord,
} from '@floodgate/domain/inventory';
import { fen } from '@floodgate/kernel';

export interface DecodedRecord {
  readonly shard: ShardId;
  readonly writtenAtMs: number;
  readonly record: StockRecord;
}

/** From the contract's message to the domain's record. Throws FoldStop for a record this code does not know. */
export function decodeRecord(message: StockLogRecordV1): DecodedRecord {
  const { campaignId, poolId, shardNo, writtenAtMs } = message;
  const shard = { campaignId, poolId, shardNo };
  return { shard, writtenAtMs: Number(writtenAtMs), record: toDomain(shard, message.record) };
}

/** From the domain's record to the contract's message. */
export function encodeRecord({ shard, writtenAtMs, record }: DecodedRecord): StockLogRecordV1 {
  return { ...shard, writtenAtMs: String(writtenAtMs), record: toContract(record) };
}

function toDomain(shard: ShardId, message: StockLogRecordV1['record']): StockRecord {
  switch (message?.$case) {
    case undefined:
      throw new FoldStop('a record of a kind this code does not know');
    case 'created':
      return {
        kind: 'created',
        foldVersion: message.value.foldVersion,
        mapVersion: message.value.mapVersion,
        pool: poolOf(shard.campaignId, message.value.pool, message.value),
        range: { from: message.value.fromUnit, to: message.value.toUnit },
      };
    case 'added':
      return { kind: 'added', addId: message.value.addId, range: rangeOf(message.value) };
    case 'granted':
      return { kind: 'granted', grants: message.value.grants };
    case 'ended':
      return { kind: 'ended', ...message.value };
    case 'voided':
      return { kind: 'voided', ...message.value };
    case 'lent':
      return { kind: 'lent', ...message.value, range: rangeOf(message.value) };
    case 'borrowed':
      return {
        kind: 'borrowed',
        ...message.value,
        range: rangeOf(message.value),
        lenderOffset: Number(message.value.lenderOffset),
      };
    case 'closed':
      return { kind: 'closed' };
  }
}

function toContract(record: StockRecord): StockLogRecordV1['record'] {
  switch (record.kind) {
    case 'created':
      return { $case: 'created', value: createdOf(record) };
    case 'added':
      return { $case: 'added', value: { addId: record.addId, ...unitsOf(record.range) } };
    case 'granted':
      return { $case: 'granted', value: { grants: [...record.grants] } };
    case 'ended':
      return { $case: 'ended', value: record };
    case 'voided':
      return { $case: 'voided', value: record };
    case 'lent':
      return { $case: 'lent', value: { ...record, ...unitsOf(record.range) } };
    case 'borrowed': {
      const { range, lenderOffset, generations } = record;
      const value = { ...record, ...unitsOf(range), lenderOffset: String(lenderOffset), generations: [...generations] };
      return { $case: 'borrowed', value };
    }
    case 'closed':
      return { $case: 'closed', value: {} };
  }
}

const rangeOf = ({ fromUnit, toUnit }: { fromUnit: number; toUnit: number }) => ({ from: fromUnit, to: toUnit });
const unitsOf = ({ from, to }: { from: number; to: number }) => ({ fromUnit: from, toUnit: to });

/** A published pool in the domain's terms. Throws FoldStop when a part of it is missing. */
export function poolOf(
  campaignId: string,
  spec: PoolSpec | undefined,
  window: { readonly opensAtMs: string; readonly closesAtMs: string },
): Pool {
  if (spec === undefined) throw new FoldStop('a pool without its specification');
  const { poolId, stock, shards, packets, price } = spec;
  return {
    campaignId,
    poolId,
    stock,
    shards,
    strategy: strategyOf(spec.strategy),
    settlement: spec.settlement === Settlement.SETTLEMENT_ORDER ? 'order' : 'payout',
    packets: packets && packetsOf(packets),
    price: price && { priceFen: fen(price.priceFen), payWithinMs: Number(price.payWithinMs) },
    opensAtMs: Number(window.opensAtMs),
    closesAtMs: Number(window.closesAtMs),
  };
}

function packetsOf({ mode, totalFen, minFen, maxFen, levels, ...sealed }: PacketSpec): PacketPlan {
  return {
    ...sealed,
    mode: packetModeOf(mode),
    totalFen: fen(totalFen),
    minFen: fen(minFen),
    maxFen: fen(maxFen),
    levels: levels.map(({ amountFen, count }) => ({ amountFen: fen(amountFen), count })),
  };
}

function packetModeOf(mode: PacketMode): PacketPlan['mode'] {
  switch (mode) {
    case PacketMode.PACKET_MODE_EQUAL:
      return 'equal';
    case PacketMode.PACKET_MODE_RANDOM:
      return 'random';
    case PacketMode.PACKET_MODE_LEVELS:
      return 'levels';
    case PacketMode.PACKET_MODE_UNSPECIFIED:
      throw new FoldStop('packets without a mode');
  }
}

function packetsMessage({ mode, totalFen, minFen, maxFen, levels = [], ...sealed }: PacketPlan): PacketSpec {
  return {
    ...sealed,
    mode: PACKET_MODES[mode],
    totalFen: String(totalFen),
    minFen: String(minFen),
    maxFen: String(maxFen),
    levels: levels.map(({ amountFen, count }) => ({ amountFen: String(amountFen), count })),
  };
}

const PACKET_MODES: Readonly<Record<PacketPlan['mode'], PacketMode>> = {
  equal: PacketMode.PACKET_MODE_EQUAL,
  random: PacketMode.PACKET_MODE_RANDOM,
  levels: PacketMode.PACKET_MODE_LEVELS,
};

/** A pool in the contract's terms, with all that the platform knows of it. */
export function poolMessage({ poolId, stock, shards, strategy, settlement, packets, price }: Pool): PoolSpec {
  return {
    poolId,
    stock,
    shards,
    strategy: STRATEGIES[strategy],
    settlement: settlement === 'order' ? Settlement.SETTLEMENT_ORDER : Settlement.SETTLEMENT_PAYOUT,
    // How the units were counted does not matter any more.
    sharePerQualified: false,
    packets: packets && packetsMessage(packets),
    price: price && { priceFen: String(price.priceFen), payWithinMs: String(price.payWithinMs) },
  };
}

function createdOf({ foldVersion, mapVersion, pool, range }: Extract<StockRecord, { kind: 'created' }>): ShardCreated {
  return {
    foldVersion,
    mapVersion,
    pool: poolMessage(pool),
    opensAtMs: String(pool.opensAtMs),
    closesAtMs: String(pool.closesAtMs),
    fromUnit: range.from,
    toUnit: range.to,
  };
}

const STRATEGIES: Readonly<Record<AdmissionStrategy, StrategyMessage>> = {
  'sharded-counters': StrategyMessage.ADMISSION_STRATEGY_SHARDED_COUNTERS,
  'local-quota': StrategyMessage.ADMISSION_STRATEGY_LOCAL_QUOTA,
  'unit-queue': StrategyMessage.ADMISSION_STRATEGY_UNIT_QUEUE,
  memory: StrategyMessage.ADMISSION_STRATEGY_MEMORY,
};

// A pool published before there was a choice has none, and is served by the default.
function strategyOf(message: StrategyMessage): AdmissionStrategy {
  switch (message) {
    case StrategyMessage.ADMISSION_STRATEGY_UNSPECIFIED:
    case StrategyMessage.ADMISSION_STRATEGY_SHARDED_COUNTERS:
      return 'sharded-counters';
    case StrategyMessage.ADMISSION_STRATEGY_LOCAL_QUOTA:
      return 'local-quota';
    case StrategyMessage.ADMISSION_STRATEGY_UNIT_QUEUE:
      return 'unit-queue';
    case StrategyMessage.ADMISSION_STRATEGY_MEMORY:
      return 'memory';
  }
}
