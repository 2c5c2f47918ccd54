import { type Proposal } from './admission';
import { request, settle, World } from './desk-world.fixture';

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
