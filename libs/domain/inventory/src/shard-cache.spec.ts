import { type StockLogReader } from './admission';
import { applyEntry, FOLD_VERSION } from './fold';
import { MemoryAdmission } from './memory-admission';
import { type StockRecord } from './records';
import { MAP_VERSION } from './shard-map';
import { ShardCache } from './shard-cache';
import { emptyShard } from './shard-state';
import { salePool, settle } from './stock-world.fixture';

const pool = salePool({ stock: 100, shards: 1 });
const shard = { campaignId: pool.campaignId, poolId: pool.poolId, shardNo: 0 };

/** One instance's view of one shard: its fold and its cache keeper. */
class Keeper {
  readonly state = emptyShard(shard);
  readonly cache: ShardCache;
  loads = 0;
  readonly troubles: unknown[] = [];

  constructor(world: World) {
    const watch = {
      loaded: () => void this.loads++,
      trouble: (_: unknown, error: unknown) => void this.troubles.push(error),
    };
    const ports = {
      admission: world.admission,
      clock: { nowMs: () => world.nowMs },
      ids: { next: () => `l${world.ids++}` },
      watch,
    };
    this.cache = new ShardCache(this.state, ports, () => 0);
    for (const record of world.records) this.fold(record);
  }

  fold(record: StockRecord): void {
    const offset = this.state.lastOffset + 1;
    const effects = applyEntry(this.state, { shard, partition: 0, offset, writtenAtMs: 0, record });
    const changes = effects.flatMap((effect) =>
      effect.kind === 'granted' ? [{ ...effect.holding, kind: 'granted' as const }] : [],
    );
    this.cache.folded(offset, changes);
  }
}

class World {
  readonly admission = new MemoryAdmission();
  readonly records: StockRecord[] = [
    { kind: 'created', foldVersion: FOLD_VERSION, mapVersion: MAP_VERSION, pool, range: { from: 0, to: 100 } },
  ];
  nowMs = 0;
  ids = 0;
  readonly keepers = [new Keeper(this), new Keeper(this)] as const;

  /** A grant that the log took, folded by these. */
  grant(unitNo: number, ...folding: readonly Keeper[]): void {
    const grant = { userId: `u${unitNo}`, grabId: `g${unitNo}`, unitNo, qualificationId: '' };
    for (const keeper of folding) keeper.fold({ kind: 'granted', grants: [grant] });
  }
}

const propose = async (keeper: Keeper, userId: string) => {
  await keeper.cache.ensureLoaded();
  return keeper.cache.propose([{ userId, grabId: `${userId}-grab` }]);
};
const log: StockLogReader = { readToEnd: () => Promise.resolve() };
const nobody = () => false;

describe('the cache of a shard', () => {
  it('is taken over from the instance that loaded it, with what was set aside in it', async () => {
    const [first, second] = new World().keepers;
    expect(await propose(first, 'a')).toEqual([{ kind: 'proposed', unitNo: 0 }]);
    expect(await propose(second, 'b')).toEqual([{ kind: 'proposed', unitNo: 1 }]);
    expect([first.loads, second.loads]).toEqual([1, 0]);
    // And both may go on.
    expect(await propose(first, 'c')).toEqual([{ kind: 'proposed', unitNo: 2 }]);
  });

  it('that stands a little behind the fold is brought up to date', async () => {
    const world = new World();
    const [first, second] = world.keepers;
    await propose(first, 'a');
    for (let unitNo = 1; unitNo < 20; unitNo++) world.grant(unitNo, second);
    expect(await propose(second, 'b')).toEqual([{ kind: 'proposed', unitNo: 20 }]);
    expect(second.loads).toBe(0);
  });

  it('that stands far behind the fold is loaded anew', async () => {
    const world = new World();
    const [first, second] = world.keepers;
    await propose(first, 'a');
    for (let round = 0; round < 300; round++) world.grant(1 + (round % 90), second);
    expect(await propose(second, 'b')).toEqual([{ kind: 'proposed', unitNo: 0 }]);
    expect(second.loads).toBe(1);
    // The first finds its load gone, and takes over the new one.
    expect(await propose(first, 'a')).toBe('lost');
    expect(await propose(first, 'a')).toEqual([{ kind: 'proposed', unitNo: 91 }]);
    expect(first.loads).toBe(1);
  });

  it('is loaded anew when another server holds it than before', async () => {
    const world = new World();
    const [first] = world.keepers;
    await propose(first, 'a');
    await first.cache.tend(log, 1_000, nobody);
    expect(first.cache.isLoaded).toBe(true);
    jest.spyOn(world.admission, 'place').mockResolvedValue('a replica that was promoted');
    await first.cache.tend(log, 1_000, nobody);
    expect(first.cache.isLoaded).toBe(false);
  });

  it('is lost while it cannot be reached, and says so', async () => {
    const world = new World();
    const [first] = world.keepers;
    const away = new Error('away');
    const present = jest.spyOn(world.admission, 'present').mockRejectedValueOnce(away);
    expect(await first.cache.ensureLoaded()).toBe(false);
    expect(first.troubles).toEqual([away]);
    expect(await first.cache.ensureLoaded()).toBe(true);
    present.mockRestore();
  });

  describe('with a proposal that never reached the log', () => {
    const setUp = async () => {
      const world = new World();
      const [first] = world.keepers;
      await propose(first, 'a');
      world.nowMs = 2_000;
      return { world, first };
    };
    const openProposals = (world: World) => world.admission.overdue(shard, 'l0', Infinity);

    it('gives it back after its time-out, once the fold is read past the end', async () => {
      const { world, first } = await setUp();
      let isRead: () => void = () => undefined;
      const reader = { readToEnd: () => new Promise<void>((resolve) => (isRead = resolve)) };
      const tending = first.cache.tend(reader, 1_000, nobody);
      await settle();
      expect(await openProposals(world)).toHaveLength(1);
      isRead();
      await tending;
      expect(await openProposals(world)).toEqual([]);
    });

    it.each([
      ['before its time-out', 5_000, log, nobody],
      ['while it may still reach the log', 1_000, log, () => true],
      ['while the log is away', 1_000, { readToEnd: () => Promise.reject(new Error('away')) }, nobody],
    ])('keeps it %s', async (_, timeoutMs, reader, isUnderWay) => {
      const { world, first } = await setUp();
      await first.cache.tend(reader, timeoutMs, isUnderWay);
      expect(await openProposals(world)).toHaveLength(1);
      expect(first.cache.isLoaded).toBe(true);
    });

    it('keeps it when the log has given its unit away', async () => {
      const { world, first } = await setUp();
      const giveBack = jest.spyOn(world.admission, 'giveBack');
      first.state.free.remove(0, 1);
      await first.cache.tend(log, 1_000, nobody);
      expect(giveBack).not.toHaveBeenCalled();
    });
  });
});
