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

const freeUnits = (state: ShardState) =>
  state.free.toArray().flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));
const pickOf = <T>(list: readonly T[], pick: number): T | undefined => list[pick % Math.max(list.length, 1)];

/** Several grants; most go to the person's home and name a unit that is free there, since hardly any other counts. */
const granted = fc
  .tuple(fc.array(fc.tuple(grants, fc.nat()), { minLength: 1, maxLength: 4 }), fc.nat(19))
  .map(([list, wrong]): Step => ({ pool, shards }) => {
    const home = homeShard(pool, list[0]?.[0].userId ?? '');
    const shardNo = wrong === 0 ? 1 - home : home;
    const units = freeUnits(shards[shardNo === 0 ? 0 : 1]);
    const fitting = list.map(([grant, pick]) => ({
      ...grant,
      unitNo: pick % 3 === 0 ? grant.unitNo : (pickOf(units, pick) ?? grant.unitNo),
    }));
    return { shardNo, record: { kind: 'granted', grants: fitting } };
  });

/** Ends a grab that the log knows, also one that is over, or misses it by its person, its grab or its unit. */
const ended = fc
  .tuple(fc.nat(), fc.boolean(), fc.nat(8), grants, shardNos)
  .map(([pick, toStock, mistake, other, shardNo]): Step => ({ shards }) => {
    const fates = [...shards[shardNo === 0 ? 0 : 1].grabs.values()];
    const fate = pickOf(fates, pick);
    const { userId, grabId, unitNo } = {
      ...(fate === undefined || fate.kind === 'voided' ? other : fate.holding),
      ...(mistake === 0 && { userId: other.userId }),
      ...(mistake === 1 && { grabId: other.grabId }),
      ...(mistake === 2 && { unitNo: other.unitNo }),
    };
    return { shardNo, record: { kind: 'ended', userId, grabId, unitNo, toStock, causationId: 'because' } };
  });

const voided = fc.tuple(grants, shardNos).map(([{ userId, grabId }, shardNo]): Step => () => ({
  shardNo,
  record: { kind: 'voided', userId, grabId },
}));

/** Lends free units, or any, or none, under one of few move ids. */
const lent = fc
  .tuple(moveIds, ranges, shardNos, fc.nat(), fc.nat(7))
  .map(([moveId, any, shardNo, pick, kind]): Step => ({ shards }) => {
    const free = pickOf(freeUnits(shards[shardNo === 0 ? 0 : 1]), pick);
    const fitting = free === undefined || kind > 5 ? any : { from: free, to: free + 1 + (pick % 2) };
    const range = kind === 7 ? { from: any.from, to: any.from } : fitting;
    return { shardNo, record: { kind: 'lent', moveId, range, borrowerShardNo: 1 - shardNo } };
  });

/**
 * Borrows what the lender's fold took, early or late, and sometimes with too many generations; what came already; or units that nobody
 * ever had, or that are free here. That a borrow says nothing worse is for whoever writes it to see to: the fold believes it.
 */
const borrowed = fc
  .tuple(shardNos, fc.nat(), fc.nat(7), fc.nat(1_000))
  .map(([anyNo, pick, mistake, freshUnits]): Step => ({ shards }) => {
    // Whoever has lent something, if only one of them has.
    const shardNo = shards[anyNo === 0 ? 1 : 0].lent.size > 0 ? anyNo : 1 - anyNo;
    const lends = [...shards[shardNo === 0 ? 1 : 0].lent];
    const free = mistake === 1 ? pickOf(freeUnits(shards[shardNo === 0 ? 0 : 1]), pick) : undefined;
    const from = free ?? 100 + freshUnits;
    const again = mistake === 2 ? [...shards[shardNo === 0 ? 0 : 1].borrowed] : [];
    const other = [`m-${freshUnits}`, { range: { from, to: from + 1 }, generations: [pick % 2] }] as const;
    const [moveId, { range, generations }] =
      pickOf(again, pick) ?? (free === undefined ? pickOf(lends, pick) : undefined) ?? other;
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
  .tuple(fc.constantFrom('a1', 'a2'), fc.nat(30), fc.nat(3), shardNos)
  .map(([addId, offset, kind, shardNo]): Step => () => {
    const from = kind > 0 ? 20 + 40 * shardNo + offset : 4 * shardNo + (offset % 4);
    return { shardNo, record: { kind: 'added', addId, range: { from, to: from + 2 } } };
  });
const closed = shardNos.map((shardNo): Step => () => ({ shardNo, record: { kind: 'closed' } }));
const createdAgain = shardNos.map(
  (shardNo): Step =>
    ({ pool }) =>
      created(pool, shardNo),
);

/** A record that is in the log already, as a producer that tries again leaves it. Borrows come again by themselves. */
const repeated = fc.nat().map((pick): Step => ({ records, pool }) => {
  const others = records.filter(({ record }) => record.kind !== 'borrowed');
  return pickOf(others, pick) ?? created(pool, 0);
});

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: granted },
  { weight: 8, arbitrary: ended },
  { weight: 2, arbitrary: voided },
  { weight: 7, arbitrary: lent },
  { weight: 9, arbitrary: borrowed },
  { weight: 2, arbitrary: added },
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
