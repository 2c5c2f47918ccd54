import { isPending, pool, request, settle, World } from './desk-world.fixture';
import { type Pool, type ShardId } from './pool';

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
