import { fen } from '@floodgate/kernel';
import { packetProof, type RecordedShard } from './packet-proof';
import { type Pool } from './pool';

const cash: Pool = {
  campaignId: 'spring',
  poolId: 'cash',
  stock: 10,
  shards: 2,
  strategy: 'sharded-counters',
  settlement: 'payout',
  packets: {
    mode: 'equal',
    totalFen: fen(1_000),
    minFen: fen(0),
    maxFen: fen(0),
    seed: 's',
    commitment: 'c',
    authorSecret: 'a',
    approverSecret: 'b',
  },
  price: undefined,
  opensAtMs: 1_000,
  closesAtMs: 2_000,
};
const goods: Pool = { ...cash, poolId: 'goods', shards: 1, settlement: 'order', packets: undefined };

const shard = (shardNo: number, changes: Partial<RecordedShard> = {}): RecordedShard => ({
  shardNo,
  pool: cash,
  createdAtMs: 100 + shardNo,
  closed: true,
  lentUnits: 0,
  borrowedUnits: 0,
  ...changes,
});

it('says when the last shard committed, once all are there', () => {
  expect(packetProof([], 'cash')).toBeUndefined();
  expect(packetProof([shard(0)], 'cash')).toBeUndefined();
  expect(packetProof([shard(1), shard(0)], 'cash')).toEqual({ pool: cash, committedAtMs: 101, closed: true });
  expect(packetProof([shard(0, { pool: goods })], 'goods')).toBeUndefined();
});

it('is closed when every shard is and no unit is between two of them', () => {
  const closed = (...shards: RecordedShard[]) => packetProof(shards, 'cash')?.closed;
  expect(closed(shard(0), shard(1, { closed: false }))).toBe(false);
  expect(closed(shard(0, { lentUnits: 3 }), shard(1))).toBe(false);
  expect(closed(shard(0, { lentUnits: 3 }), shard(1, { borrowedUnits: 2 }))).toBe(false);
  expect(closed(shard(0, { lentUnits: 3 }), shard(1, { borrowedUnits: 3 }))).toBe(true);
});

it('waits for the other pools with packets, whose seeds are of the same secrets, and not for those on sale', () => {
  const more = (changes: Partial<RecordedShard>) =>
    shard(0, { pool: { ...cash, poolId: 'more', shards: 1 }, ...changes });
  const closed = (...others: RecordedShard[]) => packetProof([shard(0), shard(1), ...others], 'cash')?.closed;
  expect(closed(more({ closed: false }))).toBe(false);
  expect(closed(more({ lentUnits: 1 }))).toBe(false);
  expect(closed(more({}))).toBe(true);
  expect(closed(shard(0, { pool: goods, closed: false }))).toBe(true);
});

it('fails rather than choose between two commitments', () => {
  const packets = cash.packets && { ...cash.packets, commitment: 'other' };
  expect(() => packetProof([shard(0), shard(1, { pool: { ...cash, packets } })], 'cash')).toThrow('another commitment');
});
