import { type Clock, fen } from '@floodgate/kernel';
import { type Proposal, type StockLog } from './admission';
import { applyEntry, FOLD_VERSION } from './fold';
import { type GrabRequest } from './grab-answer';
import { GrabUnit } from './grab-unit';
import { type Pool, type ShardId } from './pool';
import { type Grant, type StockRecord } from './records';
import { initialRange, MAP_VERSION } from './shard-map';
import { type CacheWatch } from './shard-cache';
import { emptyShard, type ShardState } from './shard-state';
import { MemoryAdmission } from './memory-admission';

const pool: Pool = {
  campaignId: 'c',
  poolId: 'p',
  stock: 2,
  shards: 1,
  strategy: 'sharded-counters',
  settlement: 'order',
  packets: undefined,
  price: { priceFen: fen(990), payWithinMs: 1_000 },
  opensAtMs: 1_000,
  closesAtMs: 5_000,
};

/** A grab desk whose log is a list: what is proposed is folded only when the test says so. */
class World {
  readonly admission = new MemoryAdmission();
  readonly proposed: Grant[] = [];
  readonly appended: StockRecord[] = [];
  readonly state: ShardState = emptyShard({ campaignId: 'c', poolId: 'p', shardNo: 0 });
  nowMs = 1_500;
  private loads = 0;
  readonly grabUnit: GrabUnit;

  constructor(of: Pool = pool) {
    const clock: Clock = { nowMs: () => this.nowMs };
    const log: StockLog = {
      propose: (_shard: ShardId, grant: Grant) => void this.proposed.push(grant),
      append: async (records) => void this.appended.push(...records.map(({ record }) => record)),
    };
    const ids = { next: () => `load-${this.loads++}` };
    const watch: CacheWatch = {
      loaded: () => undefined,
      trouble: (_state, error) => {
        throw error;
      },
    };
    this.grabUnit = new GrabUnit(
      { admissionFor: () => this.admission, log, clock, ids, watch },
      { waitingMax: 10, pollAfterMs: 100, proposalTimeoutMs: 1_000 },
    );
    const range = initialRange(of, 0);
    this.fold({ kind: 'created', foldVersion: FOLD_VERSION, mapVersion: MAP_VERSION, pool: of, range });
  }

  fold(record: StockRecord): void {
    const offset = this.state.lastOffset + 1;
    const entry = { shard: this.state.id, partition: 0, offset, writtenAtMs: 0, record };
    this.grabUnit.folded(this.state, entry, applyEntry(this.state, entry));
  }

  /** Lets everything that was proposed so far arrive in the log. */
  async foldProposed(): Promise<void> {
    await settle();
    const grants = this.proposed.splice(0);
    if (grants.length > 0) this.fold({ kind: 'granted', grants });
    await settle();
  }
}

/** Lets every promise that can go on go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

const request = (userId: string, grabId = `${userId}-grab`): GrabRequest => ({
  campaignId: 'c',
  poolId: 'p',
  userId,
  grabId,
  qualificationId: '',
});

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  void promise.then(() => (pending = false));
  await settle();
  return pending;
}

describe('a grab', () => {
  it('is answered GRANTED only after the log was read back', async () => {
    const world = new World();
    const answer = Promise.resolve(world.grabUnit.grab(request('u')));
    expect(await isPending(answer)).toBe(true);
    expect(world.proposed).toHaveLength(1);
    await world.foldProposed();
    expect(await answer).toEqual({
      outcome: 'GRANTED',
      held: { unitNo: 0, amountFen: 990, grabId: 'u-grab', settlement: 'order' },
    });
  });

  it('sent fifty times at once is one proposal and fifty equal answers', async () => {
    const world = new World();
    const decisions = Array.from({ length: 50 }, () => world.grabUnit.grab(request('u')));
    // One and the same, so that an ask more costs nothing but its listener.
    expect(new Set(decisions).size).toBe(1);
    const answers = decisions.map((decision) => Promise.resolve(decision));
    await settle();
    expect(world.proposed).toHaveLength(1);
    await world.foldProposed();
    const all = await Promise.all(answers);
    expect(new Set(all.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(all[0]?.outcome).toBe('GRANTED');
  });

  it('keeps its answer for ever, whatever the hour', async () => {
    const world = new World();
    void world.grabUnit.grab(request('u'));
    await world.foldProposed();
    world.nowMs = 5_000;
    world.fold({ kind: 'closed' });
    expect(await world.grabUnit.grab(request('u'))).toMatchObject({ outcome: 'GRANTED' });
    expect(world.grabUnit.result(request('u'))).toMatchObject({ outcome: 'GRANTED' });
  });

  it('that lost its unit to another record gets another unit', async () => {
    const world = new World();
    const answer = Promise.resolve(world.grabUnit.grab(request('u')));
    await settle();
    world.fold({ kind: 'granted', grants: [{ userId: 'zombie', grabId: 'z', unitNo: 0, qualificationId: '' }] });
    await world.foldProposed();
    await world.foldProposed();
    expect(await answer).toMatchObject({ outcome: 'GRANTED', held: { unitNo: 1 } });
  });

  it('that went into the log twice is granted once', async () => {
    const world = new World();
    const answer = Promise.resolve(world.grabUnit.grab(request('u')));
    await settle();
    const grants = world.proposed.splice(0);
    world.fold({ kind: 'granted', grants });
    world.fold({ kind: 'granted', grants });
    expect(await answer).toMatchObject({ outcome: 'GRANTED', held: { unitNo: 0 } });
    expect(world.state.heldCount).toBe(1);
  });

  it('goes on after the cache was flushed in the middle', async () => {
    const world = new World();
    const first = Promise.resolve(world.grabUnit.grab(request('u')));
    await settle();
    world.admission.flush();
    await world.foldProposed();
    expect(await first).toMatchObject({ outcome: 'GRANTED', held: { unitNo: 0 } });
    const second = Promise.resolve(world.grabUnit.grab(request('v')));
    await world.foldProposed();
    expect(await second).toMatchObject({ outcome: 'GRANTED', held: { unitNo: 1 } });
  });

  it('of one who holds one names the grab that got it', async () => {
    const world = new World();
    void world.grabUnit.grab(request('u'));
    await world.foldProposed();
    expect(await world.grabUnit.grab(request('u', 'other'))).toMatchObject({
      outcome: 'ALREADY_GRANTED',
      held: { grabId: 'u-grab' },
    });
  });

  it('under a grabId of somebody else is refused without a word about them', async () => {
    const world = new World();
    void world.grabUnit.grab(request('u', 'g'));
    expect(await world.grabUnit.grab(request('v', 'g'))).toEqual({ outcome: 'CONFLICT' });
    await world.foldProposed();
    expect(await world.grabUnit.grab(request('v', 'g'))).toEqual({ outcome: 'CONFLICT' });
    expect(world.grabUnit.result(request('v', 'g'))).toEqual({ outcome: 'CONFLICT' });
  });

  it.each([
    [999, 'NOT_OPEN_YET'],
    [5_000, 'CLOSED'],
  ])('at %i is %s', async (nowMs, outcome) => {
    const world = new World();
    world.nowMs = nowMs;
    const answer = Promise.resolve(world.grabUnit.grab(request('u')));
    expect(await isPending(answer)).toBe(false);
    expect(await answer).toMatchObject({ outcome });
    expect(world.proposed).toEqual([]);
  });

  it('in a pool nobody published', async () => {
    expect(await new World().grabUnit.grab({ ...request('u'), poolId: 'other' })).toEqual({
      outcome: 'NO_SUCH_CAMPAIGN',
    });
  });

  it('finds a sale sold out for now, since units may come back, and packets sold out for good', async () => {
    for (const [of, outcome] of [
      [pool, 'SOLD_OUT_FOR_NOW'],
      [{ ...pool, settlement: 'payout' } satisfies Pool, 'SOLD_OUT'],
    ] as const) {
      const world = new World(of);
      void world.grabUnit.grab(request('u'));
      void world.grabUnit.grab(request('v'));
      await world.foldProposed();
      expect(await world.grabUnit.grab(request('w'))).toMatchObject({ outcome });
    }
  });

  it('beyond the bound of waiting grabs is told that it is too hot', async () => {
    const world = new World({ ...pool, stock: 100 });
    for (let i = 0; i < 10; i++) void world.grabUnit.grab(request(`u${i}`));
    expect(await world.grabUnit.grab(request('late'))).toMatchObject({ outcome: 'TOO_HOT' });
  });

  it('gets an ended unit of a sale again', async () => {
    const world = new World({ ...pool, stock: 1 });
    void world.grabUnit.grab(request('u'));
    await world.foldProposed();
    world.fold({ kind: 'ended', userId: 'u', grabId: 'u-grab', unitNo: 0, toStock: true, causationId: 'order' });
    expect(world.grabUnit.result(request('u'))).toMatchObject({ outcome: 'GRAB_ENDED' });
    const again = Promise.resolve(world.grabUnit.grab(request('v')));
    await world.foldProposed();
    expect(await again).toMatchObject({ outcome: 'GRANTED', held: { unitNo: 0 } });
  });
});

describe('a cache that was asked before it had a record', () => {
  it('is asked again, and nobody is told to wait', async () => {
    const world = new World();
    jest.spyOn(world.admission, 'propose').mockResolvedValueOnce([{ kind: 'none-free' }]);
    const answer = Promise.resolve(world.grabUnit.grab(request('u')));
    await world.foldProposed();
    expect(await answer).toMatchObject({ outcome: 'GRANTED' });
  });
});

describe('a second grab of a person whose first is not decided', () => {
  /** The first was set aside in the cache by an instance that then died: nobody waits for it here. */
  const setUp = async () => {
    const world = new World({ ...pool, stock: 3 });
    void world.grabUnit.grab(request('warm'));
    await world.foldProposed();
    await world.admission.propose(world.state.id, 'load-0', 0, [{ userId: 'u', grabId: 'older' }]);
    return { world, answer: Promise.resolve(world.grabUnit.grab(request('u', 'newer'))) };
  };

  it('voids the first, and is proposed only after that was read back', async () => {
    const { world, answer } = await setUp();
    await settle();
    expect(world.appended).toEqual([{ kind: 'voided', userId: 'u', grabId: 'older' }]);
    expect(world.proposed).toEqual([]);
    world.fold({ kind: 'voided', userId: 'u', grabId: 'older' });
    await world.foldProposed();
    expect(await answer).toMatchObject({ outcome: 'GRANTED', held: { grabId: 'newer' } });
    // What comes late of the first changes nothing.
    world.fold({ kind: 'granted', grants: [{ userId: 'u', grabId: 'older', unitNo: 2, qualificationId: '' }] });
    expect(world.grabUnit.result(request('u', 'older'))).toMatchObject({ outcome: 'GRAB_ENDED' });
    expect(world.grabUnit.describe('c')).toMatchObject([{ held: 2, free: 1 }]);
  });

  it('is told what the first got, when the log has that before', async () => {
    const { world, answer } = await setUp();
    await settle();
    world.fold({ kind: 'granted', grants: [{ userId: 'u', grabId: 'older', unitNo: 1, qualificationId: '' }] });
    world.fold({ kind: 'voided', userId: 'u', grabId: 'older' });
    expect(await answer).toMatchObject({ outcome: 'ALREADY_GRANTED', held: { grabId: 'older', unitNo: 1 } });
    expect(world.proposed).toEqual([]);
  });
});

describe('closing', () => {
  it('is written once the hour is over, and ends what still waits', async () => {
    const world = new World();
    const answer = Promise.resolve(world.grabUnit.grab(request('u')));
    await settle();
    const reader = { readToEnd: () => Promise.resolve() };
    world.nowMs = pool.closesAtMs;
    await world.grabUnit.tend(reader);
    expect(world.appended).toEqual([]);
    world.nowMs = pool.closesAtMs + 2_000;
    await world.grabUnit.tend(reader);
    await world.grabUnit.tend(reader);
    expect(world.appended).toEqual([{ kind: 'closed' }]);
    world.fold({ kind: 'closed' });
    expect(await answer).toEqual({ outcome: 'CLOSED' });
    await world.foldProposed();
    expect(world.grabUnit.describe('c')).toMatchObject([{ held: 0, free: 2, closed: true, final: true }]);
  });

  it('is written although a partition stands still', async () => {
    const world = new World();
    void world.grabUnit.grab(request('warm'));
    await world.foldProposed();
    // Set aside by an instance that then died: before it is given back the log is to be read to its end.
    await world.admission.propose(world.state.id, 'load-0', 0, [{ userId: 'u', grabId: 'lost' }]);
    world.nowMs = pool.closesAtMs + 2_000;
    const readToEnd = jest.fn((_shard: ShardId, waitMsMax?: number) =>
      waitMsMax === undefined ? new Promise<void>(() => undefined) : Promise.reject(new Error('not read in time')),
    );
    void world.grabUnit.tend({ readToEnd });
    await settle();
    expect(readToEnd).toHaveBeenCalled();
    expect(world.appended).toEqual([{ kind: 'closed' }]);
  });

  it.each(['GRANTED', 'CLOSED'])('leaves to the log what was on its way: %s', async (outcome) => {
    const world = new World();
    void world.grabUnit.grab(request('u'));
    await settle();
    world.nowMs = pool.closesAtMs;
    const again = Promise.resolve(world.grabUnit.grab(request('u')));
    expect(await isPending(again)).toBe(true);
    expect(await world.grabUnit.grab(request('v', 'u-grab'))).toEqual({ outcome: 'CONFLICT' });
    expect(await world.grabUnit.grab(request('late'))).toEqual({ outcome: 'CLOSED' });
    if (outcome === 'CLOSED') world.fold({ kind: 'closed' });
    await world.foldProposed();
    expect(await again).toMatchObject({ outcome });
    expect(await world.grabUnit.grab(request('u'))).toMatchObject({ outcome });
  });
});

describe('a cache that invents things', () => {
  // Also that nothing is left, though the fold has units: it may be the fold that lags, and one of them this person's.
  const lies: Proposal[] = [{ kind: 'held' }, { kind: 'other-grab', grabId: 'ended' }, { kind: 'none-free' }];

  it.each(lies)('as %p has people wait and is loaded anew', async (lie) => {
    const world = new World();
    world.fold({ kind: 'voided', userId: 'u', grabId: 'ended' });
    const honest = world.admission.propose.bind(world.admission);
    jest
      .spyOn(world.admission, 'propose')
      .mockImplementation(async (shard, loadId, nowMs, items) =>
        loadId === 'load-0' ? items.map(() => lie) : honest(shard, loadId, nowMs, items),
      );
    const reader = { readToEnd: () => Promise.resolve() };
    expect(await world.grabUnit.grab(request('u'))).toMatchObject({ outcome: 'WAIT' });
    world.nowMs += 100;
    await world.grabUnit.tend(reader);
    world.nowMs += 1_000;
    await world.grabUnit.tend(reader);
    const answer = Promise.resolve(world.grabUnit.grab(request('u')));
    await world.foldProposed();
    expect(await answer).toMatchObject({ outcome: 'GRANTED' });
    expect(world.appended).toEqual([]);
  });

  it('is loaded anew although somebody is just asking it, as in a crowd somebody always is', async () => {
    const world = new World();
    const honest = world.admission.propose.bind(world.admission);
    let letGo: () => void = () => undefined;
    let onItsWay = Promise.resolve();
    jest.spyOn(world.admission, 'propose').mockImplementation(async (shard, loadId, nowMs, items) => {
      if (loadId !== 'load-0') return honest(shard, loadId, nowMs, items);
      await onItsWay;
      return items.map(() => ({ kind: 'none-free' }));
    });
    expect(await world.grabUnit.grab(request('u'))).toMatchObject({ outcome: 'WAIT' });
    onItsWay = new Promise((resolve) => (letGo = resolve));
    const asking = Promise.resolve(world.grabUnit.grab(request('v')));
    await settle();
    await world.grabUnit.tend({ readToEnd: () => Promise.resolve() });
    letGo();
    await world.foldProposed();
    expect(await asking).toMatchObject({ outcome: 'GRANTED' });
  });
});
