import { type FoldEffect, type StockLogEntry } from '@floodgate/domain/inventory';
import { applyEntry, emptyShard, FoldStop, shardKey, type ShardState } from '@floodgate/domain/inventory';
import { decodeRecord } from '@floodgate/adapters/stock-log';
import { StockLogRecordV1, TOPICS, UnitGrantedV1, UnitReleasedV1 } from '@floodgate/contracts';
import { type Evidence, findTwice, LogBook, MysqlSnapshot, Scope } from '@floodgate/tools/audit';
import { type Offsets, readSlices, type SliceMessage } from '../servers/kafka-slices';
import { type ChaosWorld } from '../world';

/** Where the topics that are audited stood before a schedule, or stand now. */
export type TopicOffsets = Readonly<Record<AuditedTopic, Offsets>>;

export const AUDITED_TOPICS = ['stockLog', 'unitGranted', 'unitReleased'] as const;
type AuditedTopic = (typeof AUDITED_TOPICS)[number];

/** A record of the stock log that belongs to the schedule, as it stands there. */
export interface TraceLine {
  readonly partition: number;
  readonly offset: number;
  /** Canonical proto3 JSON of StockLogRecordV1. */
  readonly value: unknown;
}

/** Everything about one schedule's campaign that lies in the stores after it. */
export interface ScheduleEvidence {
  readonly trace: readonly TraceLine[];
  readonly folded: readonly { readonly entry: StockLogEntry; readonly effects: readonly FoldEffect[] }[];
  readonly shards: ReadonlyMap<string, ShardState>;
  readonly granted: readonly UnitGrantedV1[];
  readonly released: readonly UnitReleasedV1[];
  /** For the invariants that are shared with `npm run audit`. Its snapshot is to be closed. */
  readonly evidence: Evidence;
}

/** Reads the log, the events and the register, from the stores alone. */
export async function gatherEvidence(
  world: ChaosWorld,
  campaignId: string,
  published: Evidence['published'],
  from: TopicOffsets,
  to: TopicOffsets,
): Promise<ScheduleEvidence> {
  const [records = [], granted = [], released = []] = await readSlices(
    world.kafka,
    AUDITED_TOPICS.map((name) => ({ topic: TOPICS[name].name, from: from[name], to: to[name] })),
  );
  const trace = records
    .map(toTraceLine)
    .filter(({ value }) => StockLogRecordV1.fromJSON(value).campaignId === campaignId);
  const { folded, shards, book, stoppedShards } = foldTrace(trace);
  const scope = new Scope([campaignId]);
  const snapshot = await MysqlSnapshot.open(world.environment.auditUrl);
  const pools = [...book.pools.values()];
  const inventory = world.environment.inventorySchema;
  const schemas = { activity: '', inventory, order: '', prizePayout: '', ledger: '', channel: '' };
  return {
    trace,
    folded,
    shards,
    granted: granted.map(parseWith(UnitGrantedV1)).filter((event) => event.campaignId === campaignId),
    released: released.map(parseWith(UnitReleasedV1)).filter((event) => event.campaignId === campaignId),
    evidence: {
      book,
      pools,
      stoppedShards,
      published,
      snapshot,
      schemas,
      scope,
      twice: await findTwice(pools, snapshot, inventory, scope),
      clientLog: undefined,
    },
  };
}

const toTraceLine = ({ partition, offset, value }: SliceMessage): TraceLine => ({
  partition,
  offset,
  value: JSON.parse(value) as unknown,
});

const parseWith =
  <T>(codec: { fromJSON(json: unknown): T }) =>
  ({ value }: SliceMessage): T =>
    codec.fromJSON(JSON.parse(value));

/** The domain's fold over a schedule's records, with the audit's own counting beside it. */
export function foldTrace(trace: readonly TraceLine[]) {
  const folded: { entry: StockLogEntry; effects: FoldEffect[] }[] = [];
  const shards = new Map<string, ShardState>();
  const stoppedShards = new Map<string, string>();
  const book = new LogBook();
  for (const { partition, offset, value } of trace) {
    const entry = { partition, offset, ...decodeRecord(StockLogRecordV1.fromJSON(value)) };
    const key = shardKey(entry.shard);
    const state = shards.get(key) ?? emptyShard(entry.shard);
    shards.set(key, state);
    try {
      const effects = applyEntry(state, entry);
      folded.push({ entry, effects });
      book.take({ entry, state, effects });
    } catch (error) {
      if (!(error instanceof FoldStop)) throw error;
      stoppedShards.set(key, error.message);
    }
  }
  return { folded, shards, book, stoppedShards };
}
