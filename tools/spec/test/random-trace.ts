import * as fc from 'fast-check';
import { encodeRecord } from '@floodgate/adapters/stock-log';
import { TOPICS } from '@floodgate/contracts';
import {
  applyEntry,
  emptyShard,
  FOLD_VERSION,
  FoldStop,
  type Grant,
  homeShard,
  initialRange,
  MAP_VERSION,
  type Pool,
  type ShardState,
  type StockRecord,
} from '@floodgate/domain/inventory';
import { fen } from '@floodgate/kernel';
import { type TraceLine } from '../src';

export const SALE: Pool = {
  campaignId: 'c',
  poolId: 'p',
  stock: 8,
  shards: 2,
  strategy: 'sharded-counters',
  settlement: 'order',
  packets: undefined,
  price: { priceFen: fen(100), payWithinMs: 1_000 },
  opensAtMs: 0,
  closesAtMs: 1_000_000,
};
const PACKETS: Pool = {
  ...SALE,
  settlement: 'payout',
  packets: {
    mode: 'equal',
    totalFen: fen(800),
    minFen: fen(1),
    maxFen: fen(800),
    seed: 's',
    commitment: '',
    authorSecret: '',
    approverSecret: '',
  },
  price: undefined,
};

/** Three people at home in each shard; one has a name that needs escaping. */
const USERS = [0, 1].flatMap((shardNo) =>
  ['ann-', 'bob%', 'c|"é'].map((name) => {
    for (let i = 0; ; i++) if (homeShard(SALE, `${name}${i}`) === shardNo) return `${name}${i}`;
  }),
);
const GRABS = ['g1', 'g2', 'g3', 'g4', 'g5', 'g6', 'g7', 'g8'];
const UNIT_MAX = 9;

interface ShardRecord {
  readonly shardNo: number;
  readonly record: StockRecord;
}

/** The log so far, and what the code's fold makes of it. */
interface Written {
  readonly pool: Pool;
  readonly records: readonly ShardRecord[];
  readonly shards: readonly [ShardState, ShardState];
}

/** What a generated step becomes depends on the steps before it: an end or a borrow that counts must fit something. */
type Step = (before: Written) => ShardRecord;

const created = (pool: Pool, shardNo: number, foldVersion = FOLD_VERSION): ShardRecord => ({
  shardNo,
  record: { kind: 'created', foldVersion, mapVersion: MAP_VERSION, pool, range: initialRange(pool, shardNo) },
});

const shardNos = fc.nat(1);
const units = fc.nat(UNIT_MAX);
const ranges = fc.tuple(units, fc.integer({ min: 1, max: 3 })).map(([from, size]) => ({ from, to: from + size }));
const moveIds = fc.constantFrom('m1', 'm2', 'm3', 'm4');

const grants: fc.Arbitrary<Grant> = fc.record({
  userId: fc.constantFrom(...USERS),
  grabId: fc.constantFrom(...GRABS),
  unitNo: units,
  qualificationId: fc.constantFrom('', '', 'q1', 'q2', 'q3'),
});

/** A grant; most go to the person's home, since hardly any other counts. */
const granted = fc
  .tuple(fc.array(grants, { minLength: 1, maxLength: 4 }), fc.boolean(), fc.nat(9))
  .map(([list, atOther, wrong]): Step => ({ pool }) => {
    const home = homeShard(pool, list[0]?.userId ?? '');
    return { shardNo: wrong === 0 && atOther ? 1 - home : home, record: { kind: 'granted', grants: list } };
  });

/** Ends a grant of the log, or misses it by its person, its grab or its unit. */
const ended = fc
  .tuple(fc.nat(), fc.boolean(), fc.nat(8), grants)
  .map(([pick, toStock, mistake, other]): Step => ({ records, pool }) => {
    const known = records.flatMap(({ record }) => (record.kind === 'granted' ? record.grants : []));
    const grant = known[pick % Math.max(known.length, 1)] ?? other;
    const { userId, grabId, unitNo } = {
      ...grant,
      ...(mistake === 0 && { userId: other.userId }),
      ...(mistake === 1 && { grabId: other.grabId }),
      ...(mistake === 2 && { unitNo: other.unitNo }),
    };
    const record: StockRecord = { kind: 'ended', userId, grabId, unitNo, toStock, causationId: 'because' };
    return { shardNo: homeShard(pool, grant.userId), record };
  });

const voided = fc.tuple(grants, shardNos).map(([{ userId, grabId }, shardNo]): Step => () => ({
  shardNo,
  record: { kind: 'voided', userId, grabId },
}));

const lent = fc.tuple(moveIds, ranges, shardNos, fc.nat(5)).map(([moveId, range, shardNo, empty]): Step => () => ({
  shardNo,
  record: {
    kind: 'lent',
    moveId,
    range: empty === 0 ? { ...range, to: range.from } : range,
    borrowerShardNo: 1 - shardNo,
  },
}));

/**
 * Borrows what the lender's fold took, early or late, and sometimes with too many generations; or else units that nobody ever had. That a borrow
 * says nothing else is for whoever writes it to see to, and the fold believes it.
 */
const borrowed = fc
  .tuple(shardNos, fc.nat(), fc.nat(5), fc.nat(1_000))
  .map(([shardNo, pick, mistake, freshUnits]): Step => ({ shards }) => {
    const lends = [...shards[shardNo === 0 ? 1 : 0].lent];
    const from = 100 + freshUnits * 2;
    const unknown = { range: { from, to: from + 2 }, generations: [0, 1] };
    const [moveId, { range, generations }] = lends[pick % Math.max(lends.length, 1)] ?? [`m${freshUnits}`, unknown];
    return {
      shardNo,
      record: {
        kind: 'borrowed',
        moveId,
        range,
        lenderShardNo: 1 - shardNo,
        lenderPartition: 0,
        lenderOffset: 1,
        generations: mistake === 0 ? [...generations, 0] : generations,
      },
    };
  });

/** Adds numbers of the shard's own: new ones, or those that it began with. */
const added = fc
  .tuple(fc.constantFrom('a1', 'a2', 'a3'), fc.nat(3), fc.boolean(), shardNos)
  .map(([addId, offset, isNew, shardNo]): Step => () => {
    const from = (isNew ? 10 + 8 * shardNo : 4 * shardNo) + offset;
    return { shardNo, record: { kind: 'added', addId, range: { from, to: from + 2 } } };
  });
const closed = shardNos.map((shardNo): Step => () => ({ shardNo, record: { kind: 'closed' } }));
const createdAgain = shardNos.map(
  (shardNo): Step =>
    ({ pool }) =>
      created(pool, shardNo),
);

/** A record that is in the log already, as a producer that tries again leaves it. */
const repeated = fc.nat().map(
  (pick): Step =>
    ({ records, pool }) =>
      records[pick % records.length] ?? created(pool, 0),
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: granted },
  { weight: 8, arbitrary: ended },
  { weight: 2, arbitrary: voided },
  { weight: 5, arbitrary: lent },
  { weight: 5, arbitrary: borrowed },
  { weight: 1, arbitrary: added },
  { weight: 1, arbitrary: createdAgain },
  { weight: 3, arbitrary: repeated },
);

/** Logs of both shards of a pool: right records and wrong ones, twice, too late and for the wrong shard. */
export const randomTraces: fc.Arbitrary<TraceLine[]> = fc
  .record({
    pool: fc.constantFrom(SALE, SALE, PACKETS),
    before: fc.array(steps, { minLength: 5, maxLength: 35 }),
    closing: fc.option(closed),
    after: fc.array(steps, { maxLength: 10 }),
    strange: fc.constantFrom('', '', '', '', '', '', 'not created', 'other version', 'unreadable'),
  })
  .map(({ pool, before, closing, after, strange }) => {
    const log = new LogWriter(pool);
    if (strange !== 'not created') log.write(created(pool, 0));
    log.write(created(pool, 1, strange === 'other version' ? FOLD_VERSION + 1 : FOLD_VERSION));
    for (const step of [...before, ...(closing ? [closing] : []), ...after]) log.write(step(log));
    return linesOf(pool, log.records, strange === 'unreadable');
  });

class LogWriter implements Written {
  readonly records: ShardRecord[] = [];
  readonly shards: readonly [ShardState, ShardState];

  constructor(readonly pool: Pool) {
    const { campaignId, poolId } = pool;
    this.shards = [emptyShard({ campaignId, poolId, shardNo: 0 }), emptyShard({ campaignId, poolId, shardNo: 1 })];
  }

  write({ shardNo, record }: ShardRecord): void {
    const state = this.shards[shardNo === 0 ? 0 : 1];
    const entry = { shard: state.id, partition: 0, offset: this.records.length, writtenAtMs: 0, record };
    this.records.push({ shardNo, record });
    try {
      applyEntry(state, entry);
    } catch (error) {
      if (!(error instanceof FoldStop)) throw error;
    }
  }
}

function linesOf(pool: Pool, records: readonly ShardRecord[], withUnreadable: boolean): TraceLine[] {
  return records.map(({ shardNo, record }, offset) => {
    const shard = { campaignId: pool.campaignId, poolId: pool.poolId, shardNo };
    const message = encodeRecord({ shard, writtenAtMs: offset, record });
    const isLost = withUnreadable && offset === Math.floor(records.length / 2);
    const value = TOPICS.stockLog.codec.toJSON(isLost ? { ...message, record: undefined } : message);
    // Offsets have gaps where a partition holds other pools' records.
    return { partition: 0, offset: offset * 2, value };
  });
}
