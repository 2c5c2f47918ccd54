import * as fc from 'fast-check';
import { fen } from '@floodgate/kernel';
import { applyEntry, type FoldEffect, FOLD_VERSION, FoldStop } from './fold';
import { type Pool } from './pool';
import { type StockRecord } from './records';
import { homeShard, initialRange, MAP_VERSION } from './shard-map';
import { emptyShard, type ShardState } from './shard-state';
import { countStock } from './stock-count';

const pool: Pool = {
  campaignId: 'c',
  poolId: 'p',
  stock: 3,
  shards: 1,
  strategy: 'sharded-counters',
  settlement: 'order',
  packets: undefined,
  price: { priceFen: fen(100), payWithinMs: 1_000 },
  opensAtMs: 0,
  closesAtMs: 1_000_000,
};

function created(of: Pool = pool, shardNo = 0): StockRecord {
  return {
    kind: 'created',
    foldVersion: FOLD_VERSION,
    mapVersion: MAP_VERSION,
    pool: of,
    range: initialRange(of, shardNo),
  };
}

const grant = (userId: string, grabId: string, unitNo: number, qualificationId = ''): StockRecord => ({
  kind: 'granted',
  grants: [{ userId, grabId, unitNo, qualificationId }],
});

const end = (userId: string, grabId: string, unitNo: number, toStock = true): StockRecord => ({
  kind: 'ended',
  userId,
  grabId,
  unitNo,
  toStock,
  causationId: 'because',
});

/** Folds records one after the other and tells the effects of the last. */
function fold(records: readonly StockRecord[], state: ShardState = shard()): { state: ShardState; last: FoldEffect[] } {
  let last: FoldEffect[] = [];
  for (const record of records) {
    const offset = state.lastOffset + 1;
    last = applyEntry(state, { shard: state.id, partition: 0, offset, writtenAtMs: 0, record });
  }
  return { state, last };
}

const shard = (shardNo = 0) => emptyShard({ campaignId: 'c', poolId: 'p', shardNo });
const rejectedFor = (effects: FoldEffect[]) =>
  effects.map((effect) => ('reason' in effect ? effect.reason : `counts: ${effect.kind}`));

describe('the fold', () => {
  const cases: [string, StockRecord[], string][] = [
    ['a grant before the shard exists', [grant('u', 'g', 0)], 'not-created'],
    ['a second created', [created(), created()], 'created-before'],
    [
      'a unit that is held (first in the log wins)',
      [created(), grant('u1', 'g1', 0), grant('u2', 'g2', 0)],
      'unit-not-free',
    ],
    ['a unit the pool never had', [created(), grant('u', 'g', 3)], 'unit-not-free'],
    ['a person who holds one', [created(), grant('u', 'g1', 0), grant('u', 'g2', 1)], 'holds-one'],
    ['a grabId that was granted', [created(), grant('u', 'g', 0), grant('u', 'g', 1)], 'grab-not-new'],
    ['a grabId that ended', [created(), grant('u', 'g', 0), end('u', 'g', 0), grant('u', 'g', 0)], 'grab-not-new'],
    [
      'a grabId that was voided',
      [created(), { kind: 'voided', userId: 'u', grabId: 'g' }, grant('u', 'g', 0)],
      'grab-not-new',
    ],
    ['a grant after closed', [created(), { kind: 'closed' }, grant('u', 'g', 0)], 'closed'],
    [
      'a qualification taken twice',
      [created(), grant('u1', 'g1', 0, 'q'), grant('u2', 'g2', 1, 'q')],
      'qualification-spent',
    ],
    ['an end by another person', [created(), grant('u', 'g', 0), end('v', 'g', 0)], 'not-held'],
    ['an end of another unit', [created(), grant('u', 'g', 0), end('u', 'g', 1)], 'not-held'],
    ['an end of another grab', [created(), grant('u', 'g', 0), end('u', 'h', 0)], 'not-held'],
    ['a second end', [created(), grant('u', 'g', 0), end('u', 'g', 0), end('u', 'g', 0)], 'not-held'],
    ['numbers the shard had', [created(), { kind: 'added', addId: 'a', range: { from: 2, to: 4 } }], 'range-known'],
    [
      'a voided grab that holds',
      [created(), grant('u', 'g', 0), { kind: 'voided', userId: 'u', grabId: 'g' }],
      'grab-not-new',
    ],
    [
      'lending what is not all free',
      [created(), grant('u', 'g', 1), { kind: 'lent', moveId: 'm', range: { from: 0, to: 2 }, borrowerShardNo: 1 }],
      'range-not-free',
    ],
  ];

  it.each(cases)('does not count %s', (_name, records, reason) => {
    expect(rejectedFor(fold(records).last)).toEqual([reason]);
  });

  it('counts only grants at the home shard of the person', () => {
    const two: Pool = { ...pool, stock: 4, shards: 2 };
    const user = ['a', 'b', 'c', 'd', 'e'].find((name) => homeShard(two, name) === 1) ?? '';
    expect(rejectedFor(fold([created(two, 0), grant(user, 'g', 0)], shard(0)).last)).toEqual(['not-home']);
    expect(rejectedFor(fold([created(two, 1), grant(user, 'g', 2)], shard(1)).last)).toEqual(['counts: granted']);
  });

  it('grants an ended unit again, in its next generation, also to the same person', () => {
    const { last } = fold([created(), grant('u', 'g1', 0), end('u', 'g1', 0), grant('u', 'g2', 0)]);
    expect(last).toMatchObject([{ kind: 'granted', holding: { unitNo: 0, generation: 1 } }]);
  });

  it('never puts a packet back: it is withdrawn, and its person had theirs', () => {
    const packets: Pool = { ...pool, settlement: 'payout' };
    const back = fold([created(packets), grant('u', 'g', 0), end('u', 'g', 0, true)]);
    expect(rejectedFor(back.last)).toEqual(['not-held']);
    const taken = fold([created(packets), grant('u', 'g', 0), end('u', 'g', 0, false), grant('u', 'g2', 1)]);
    expect(rejectedFor(taken.last)).toEqual(['holds-one']);
    expect(countStock([taken.state])).toEqual({ free: 2, held: 0, inTransit: 0, withdrawn: 1, atCut: true });
  });

  it('folds several grants of one record by themselves, in order', () => {
    const grants = [
      { userId: 'u', grabId: 'g1', unitNo: 0, qualificationId: '' },
      { userId: 'v', grabId: 'g2', unitNo: 0, qualificationId: '' },
      { userId: 'w', grabId: 'g3', unitNo: 1, qualificationId: '' },
    ];
    const { last } = fold([created(), { kind: 'granted', grants }]);
    expect(last.map((effect) => effect.kind)).toEqual(['granted', 'grant-rejected', 'granted']);
  });

  it('refuses to go back in the log and to guess another version', () => {
    const { state } = fold([created()]);
    expect(() =>
      applyEntry(state, { shard: state.id, partition: 0, offset: 0, writtenAtMs: 0, record: created() }),
    ).toThrow(FoldStop);
    expect(() => fold([{ ...created(), foldVersion: FOLD_VERSION + 1 } as StockRecord])).toThrow(FoldStop);
  });
});

describe('the fold over any log', () => {
  const users = fc.constantFrom('u1', 'u2', 'u3', 'u4');
  const grabs = fc.constantFrom('g1', 'g2', 'g3', 'g4', 'g5');
  const units = fc.nat(4);
  const records: fc.Arbitrary<StockRecord> = fc.oneof(
    fc.tuple(users, grabs, units).map(([userId, grabId, unitNo]) => grant(userId, grabId, unitNo)),
    fc
      .tuple(users, grabs, units, fc.boolean())
      .map(([userId, grabId, unitNo, back]) => end(userId, grabId, unitNo, back)),
    fc.tuple(users, grabs).map(([userId, grabId]): StockRecord => ({ kind: 'voided', userId, grabId })),
    fc
      .tuple(units, fc.integer({ min: 1, max: 3 }), fc.constantFrom('m1', 'm2'))
      .map(([from, size, moveId]): StockRecord => ({
        kind: 'lent',
        moveId,
        range: { from, to: from + size },
        borrowerShardNo: 1,
      })),
    fc.constant<StockRecord>({ kind: 'closed' }),
  );

  it('keeps held + free + in transit + withdrawn = stock, no unit twice, no person twice', () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 40 }), (list) => {
        const { state } = fold([created({ ...pool, stock: 5 }), ...list]);
        const { free, held, inTransit, withdrawn } = countStock([state]);
        expect(free + held + inTransit + withdrawn).toBe(5);
        const fates = [...state.grabs.values()].flatMap((fate) => (fate.kind === 'held' ? [fate.holding] : []));
        expect(fates.length).toBe(held);
        expect(new Set(fates.map((holding) => holding.unitNo)).size).toBe(held);
        expect(new Set(fates.map((holding) => holding.userId)).size).toBe(held);
        expect(fates.some((holding) => state.free.has(holding.unitNo))).toBe(false);
      }),
    );
  });

  it('ends in the same state whoever folds', () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 30 }), (list) => {
        expect(fold([created(), ...list]).state).toEqual(fold([created(), ...list]).state);
      }),
    );
  });
});

describe('countStock', () => {
  it('counts a lent range as in transit until the borrower has it', () => {
    const two: Pool = { ...pool, stock: 4, shards: 2 };
    const lender = fold(
      [created(two, 0), { kind: 'lent', moveId: 'm', range: { from: 0, to: 1 }, borrowerShardNo: 1 }],
      shard(0),
    ).state;
    const borrower = fold([created(two, 1)], shard(1)).state;
    expect(countStock([lender, borrower])).toEqual({ free: 3, held: 0, inTransit: 1, withdrawn: 0, atCut: true });
    const borrowed: StockRecord = {
      kind: 'borrowed',
      moveId: 'm',
      range: { from: 0, to: 1 },
      lenderShardNo: 0,
      lenderPartition: 0,
      lenderOffset: 1,
      generations: [0],
    };
    fold([borrowed], borrower);
    expect(countStock([lender, borrower])).toEqual({ free: 4, held: 0, inTransit: 0, withdrawn: 0, atCut: true });
    expect(rejectedFor(fold([borrowed], borrower).last)).toEqual(['moved-before']);
  });
});
