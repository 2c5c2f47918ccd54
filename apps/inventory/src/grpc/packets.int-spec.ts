import { inTransaction } from '@floodgate/adapters/mysql';
import {
  applyEntry,
  emptyShard,
  FOLD_VERSION,
  type FoldedEntry,
  homeShard,
  initialRange,
  MAP_VERSION,
  type Pool,
  registerChanges,
  type ShardState,
  type StockRecord,
} from '@floodgate/domain/inventory';
import { packetCommitment } from '@floodgate/domain/packets';
import { fen, OutcomeError } from '@floodgate/kernel';
import { createTestDatabase, type TestDatabase } from '@floodgate/testing';
import { writeShards } from '../adapters/mysql-recorded-shards';
import { writeRegister } from '../adapters/mysql-unit-register';
import { migrations } from '../migrations';
import { PacketsController } from './packets.controller';

const terms = { mode: 'random', totalFen: fen(1_000), minFen: fen(1), maxFen: fen(900) } as const;
const SEED = 'f'.repeat(64);
const commitment = packetCommitment({ campaignId: 'spring', poolId: 'cash', stock: 10, terms, seed: SEED });
const secrets = { seed: SEED, authorSecret: 'a'.repeat(64), approverSecret: 'b'.repeat(64) };
const POOL: Pool = {
  campaignId: 'spring',
  poolId: 'cash',
  stock: 10,
  shards: 2,
  strategy: 'sharded-counters',
  settlement: 'payout',
  packets: { ...terms, ...secrets, commitment },
  price: undefined,
  opensAtMs: 1_000,
  closesAtMs: 2_000,
};
const id = { campaignId: 'spring', poolId: 'cash' };

/** What the recorder does with a log, one record at a time. */
class Recording {
  private readonly shards = new Map<number, ShardState>();
  private offset = 0;

  constructor(private readonly database: TestDatabase) {}

  async record(shardNo: number, record: StockRecord): Promise<void> {
    const shard = { ...id, shardNo };
    const state = this.shards.get(shardNo) ?? emptyShard(shard);
    this.shards.set(shardNo, state);
    const offset = this.offset++;
    const entry = { shard, partition: 0, offset, writtenAtMs: 500 + offset, record };
    const folded: FoldedEntry[] = [{ entry, effects: applyEntry(state, entry), pool: POOL }];
    await inTransaction(this.database.dataSource, async (tx) => {
      await writeRegister(tx, registerChanges(folded));
      await writeShards(tx, folded);
    });
  }

  create(shardNo: number, pool = POOL): Promise<void> {
    const head = { kind: 'created', foldVersion: FOLD_VERSION, mapVersion: MAP_VERSION } as const;
    return this.record(shardNo, { ...head, pool, range: initialRange(pool, shardNo) });
  }
}

let database: TestDatabase;
let recording: Recording;
let controller: PacketsController;

beforeEach(async () => {
  database = await createTestDatabase(migrations);
  recording = new Recording(database);
  controller = new PacketsController(database.dataSource);
});
afterEach(() => database.drop());

const list = (fromUnitNo = 0, limit = 100) => controller.list({ ...id, fromUnitNo, limit });
const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'OK',
    (error: unknown) => (error instanceof OutcomeError ? error.outcome : String(error)),
  );
const userOf = (shardNo: number): string => {
  const user = Array.from({ length: 100 }, (_, index) => `u${index}`).find((name) => homeShard(POOL, name) === shardNo);
  if (user === undefined) throw new RangeError(`nobody is at home in shard ${shardNo}`);
  return user;
};
const grant = (shardNo: number, unitNo: number): StockRecord => ({
  kind: 'granted',
  grants: [{ userId: userOf(shardNo), grabId: `g${unitNo}`, unitNo, qualificationId: `q${unitNo}` }],
});

it('tells commitment and its time once every shard is recorded, and no seed before all are closed', async () => {
  expect(await outcomeOf(controller.describe(id))).toBe('WAIT');
  await recording.create(0);
  expect(await outcomeOf(controller.describe(id))).toBe('WAIT');
  await recording.create(1);
  // A record that does not count commits to nothing.
  await recording.create(0, { ...POOL, packets: { ...terms, ...secrets, commitment: 'other' } });
  const before = await controller.describe(id);
  expect(before).toMatchObject({ committedAtMs: '501', opensAtMs: '1000', closed: false, pool: { stock: 10 } });
  expect(before.pool?.packets).toMatchObject({ commitment, seed: '', authorSecret: '', approverSecret: '' });

  await recording.record(0, grant(0, 3));
  await recording.record(0, { kind: 'closed' });
  expect(await outcomeOf(list())).toBe('WAIT');
  expect(JSON.stringify(await controller.describe(id))).not.toContain(SEED);
  await recording.record(1, { kind: 'closed' });
  const after = await controller.describe(id);
  expect(after).toMatchObject({ closed: true, granted: 1, pool: { packets: { ...secrets, commitment } } });
});

it('waits for units that are between two shards', async () => {
  await recording.create(0);
  await recording.create(1);
  const range = { from: 1, to: 3 };
  await recording.record(0, { kind: 'lent', moveId: 'm', range, borrowerShardNo: 1 });
  await recording.record(0, { kind: 'closed' });
  await recording.record(1, { kind: 'closed' });
  expect(await controller.describe(id)).toMatchObject({ closed: false });
  const lender = { lenderShardNo: 0, lenderPartition: 0, lenderOffset: 2 };
  await recording.record(1, { kind: 'borrowed', moveId: 'm', range, ...lender, generations: [0, 0] });
  expect(await controller.describe(id)).toMatchObject({ closed: true });
});

it('lists the packets that people got, in order and by pages, and who got them nowhere', async () => {
  await recording.create(0);
  await recording.create(1);
  await recording.record(1, grant(1, 7));
  await recording.record(0, grant(0, 2));
  await recording.record(0, { kind: 'closed' });
  await recording.record(1, { kind: 'closed' });
  const end = { userId: userOf(0), grabId: 'g2', unitNo: 2, toStock: false, causationId: 'voided' };
  await recording.record(0, { kind: 'ended', ...end });
  const { packets } = await list();
  expect(packets).toMatchObject([
    { unitNo: 2, withdrawn: true },
    { unitNo: 7, withdrawn: false },
  ]);
  for (const { amountFen } of packets) expect(amountFen).toMatch(/^[1-9]\d*$/);
  expect(await list(0, 1)).toEqual({ packets: packets.slice(0, 1) });
  expect(await list(3, 1)).toEqual({ packets: packets.slice(1) });
  expect(JSON.stringify(packets)).not.toContain(userOf(0));
  expect(await outcomeOf(list(0, 10_001))).toBe('INVALID_REQUEST');
});
