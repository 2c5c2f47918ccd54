import * as fc from 'fast-check';
import { type Admission, type CacheChange, type ShardSnapshot } from '../admission';
import { type ShardId } from '../pool';
import { AdmissionHistory, HISTORY_STEPS } from './admission-history';

/** What every admission cache must do; run on the fake and on Redis alike. */
export function admissionContract(name: string, make: () => Admission): void {
  describe(`admission cache: ${name}`, () => {
    let admission: Admission;
    let shard: ShardId;
    let shardCount = 0;
    let histories = 0;

    beforeEach(() => {
      admission = make();
      shard = { campaignId: `c${process.pid}-${Date.now()}`, poolId: 'p', shardNo: shardCount++ };
    });

    const load = (more: Partial<ShardSnapshot> = {}) =>
      admission.load(shard, 'load', { offset: 0, free: [{ from: 0, to: 3 }], holders: [], ...more });
    const proposeAt = (nowMs: number, ...users: string[]) =>
      admission.propose(
        shard,
        'load',
        nowMs,
        users.map((userId) => ({ userId, grabId: `${userId}-grab` })),
      );
    const propose = (...users: string[]) => proposeAt(1, ...users);
    /** The units proposed to users who ask for the first time; undefined for whoever gets none. */
    const units = async (...users: string[]) => {
      const proposals = await propose(...users);
      if (proposals === 'lost') throw new Error('the load is lost');
      return proposals.map((proposal) => (proposal.kind === 'proposed' ? proposal.unitNo : undefined));
    };
    const apply = (previousOffset: number, offset: number, ...changes: CacheChange[]) =>
      admission.apply(shard, 'load', { previousOffset, offset }, changes);
    const granted = (userId: string, unitNo: number): CacheChange => ({
      kind: 'granted',
      userId,
      unitNo,
      grabId: `${userId}-grab`,
    });

    it('knows nothing before it is loaded, nor under another load', async () => {
      expect(await propose('u')).toBe('lost');
      await load();
      expect(await admission.propose(shard, 'another', 1, [{ userId: 'u', grabId: 'g' }])).toBe('lost');
      expect(await admission.apply(shard, 'another', { previousOffset: 0, offset: 1 }, [])).toBe('lost');
    });

    it('proposes each unit once, in order, and then has none', async () => {
      await load();
      expect(await propose('a', 'b')).toEqual([
        { kind: 'proposed', unitNo: 0 },
        { kind: 'proposed', unitNo: 1 },
      ]);
      expect(await propose('c', 'd')).toEqual([{ kind: 'proposed', unitNo: 2 }, { kind: 'none-free' }]);
    });

    it('gives the same grab the same unit, and a second grab of the same person none', async () => {
      await load();
      await propose('a');
      expect(await propose('a')).toEqual([{ kind: 'proposed', unitNo: 0 }]);
      expect(await admission.propose(shard, 'load', 1, [{ userId: 'a', grabId: 'other' }])).toEqual([
        { kind: 'other-grab', grabId: 'a-grab' },
      ]);
    });

    it('knows who holds one, from the snapshot and from the log', async () => {
      await load({ free: [{ from: 1, to: 3 }], holders: [{ userId: 'h', grabId: 'h-grab', unitNo: 0 }] });
      await propose('a');
      expect(await apply(0, 5, granted('a', 1))).toBe('ok');
      expect(await propose('h', 'a')).toEqual([{ kind: 'held' }, { kind: 'held' }]);
    });

    it('takes records only in order', async () => {
      await load({ offset: 7 });
      expect(await apply(6, 8)).toBe('lost');
      expect(await apply(7, 9)).toBe('ok');
      expect(await apply(7, 10)).toBe('lost');
      expect(await apply(9, 10)).toBe('ok');
    });

    it('takes a grant that it did not propose out of what is free', async () => {
      await load();
      await apply(0, 1, granted('elsewhere', 1));
      expect(await propose('a', 'b', 'c')).toEqual([
        { kind: 'proposed', unitNo: expect.any(Number) as number },
        { kind: 'proposed', unitNo: expect.any(Number) as number },
        { kind: 'none-free' },
      ]);
    });

    it('gives back what it had proposed to somebody who was granted another unit', async () => {
      await load({ free: [{ from: 0, to: 2 }] });
      await propose('a');
      await apply(0, 1, granted('a', 1));
      expect(await propose('b')).toEqual([{ kind: 'proposed', unitNo: 0 }]);
      expect(await propose('c')).toEqual([{ kind: 'none-free' }]);
    });

    it.each([
      [true, [{ kind: 'proposed', unitNo: 0 }]],
      [false, [{ kind: 'none-free' }]],
    ])('forgets a refused proposal; its unit is free again: %p', async (unitFree, expected) => {
      await load({ free: [{ from: 0, to: 1 }] });
      await propose('a');
      await apply(0, 1, { kind: 'refused', userId: 'a', grabId: 'a-grab', unitNo: 0, unitFree });
      expect(await propose('b')).toEqual(expected);
    });

    it('offers an ended unit again, also to the same person', async () => {
      await load({ free: [{ from: 0, to: 1 }] });
      await propose('a');
      await apply(0, 1, granted('a', 0));
      await apply(1, 2, { kind: 'ended', userId: 'a', grabId: 'a-grab', unitNo: 0 });
      expect(await admission.propose(shard, 'load', 1, [{ userId: 'a', grabId: 'second' }])).toEqual([
        { kind: 'proposed', unitNo: 0 },
      ]);
    });

    it('takes a record that it took before for taken, and counts it once', async () => {
      await load({ free: [{ from: 0, to: 1 }] });
      await propose('a');
      const refused: CacheChange = { kind: 'refused', userId: 'a', grabId: 'a-grab', unitNo: 0, unitFree: true };
      expect(await apply(0, 3, refused)).toBe('ok');
      await propose('a');
      expect(await apply(0, 3, refused)).toBe('ok');
      expect(await apply(0, 2)).toBe('ok');
      expect(await propose('b')).toEqual([{ kind: 'none-free' }]);
    });

    it('frees what is set aside for a voided grab, and for no other grab of that person', async () => {
      await load({ free: [{ from: 0, to: 1 }] });
      await propose('a');
      await apply(0, 1, { kind: 'voided', userId: 'a', grabId: 'another' });
      expect(await propose('b')).toEqual([{ kind: 'none-free' }]);
      await apply(1, 2, { kind: 'voided', userId: 'a', grabId: 'a-grab' });
      expect(await propose('b')).toEqual([{ kind: 'proposed', unitNo: 0 }]);
    });

    it('offers units that came after those that were there, and each that came back after them', async () => {
      await load();
      await propose('a');
      await apply(0, 1, { kind: 'added', range: { from: 10, to: 12 } });
      await apply(1, 2, { kind: 'refused', userId: 'a', grabId: 'a-grab', unitNo: 0, unitFree: true });
      expect(await units('b', 'c', 'd', 'e', 'f', 'g')).toEqual([1, 2, 10, 11, 0, undefined]);
    });

    it.each([
      ['at the end', { from: 6, to: 8 }, [1, 2, 3, 4, 5]],
      ['in the middle', { from: 3, to: 5 }, [1, 2, 5, 6, 7]],
      ['with what is set aside', { from: 0, to: 3 }, [3, 4, 5, 6, 7]],
      ['whole', { from: 0, to: 8 }, []],
      ['a single unit', { from: 7, to: 8 }, [1, 2, 3, 4, 5, 6]],
    ])('offers nothing of a range that left: %s', async (_, range, left) => {
      await load({ free: [{ from: 0, to: 8 }] });
      await propose('a');
      await apply(0, 1, { kind: 'removed', range });
      // The log refuses what was set aside of the range.
      await apply(1, 2, { kind: 'refused', userId: 'a', grabId: 'a-grab', unitNo: 0, unitFree: range.from > 0 });
      const offered = await units(...'bcdefghij');
      expect(offered.filter((unit) => unit !== undefined)).toEqual(range.from > 0 ? [...left, 0] : left);
    });

    it('offers a range once that left and came again', async () => {
      await load({ free: [{ from: 0, to: 6 }] });
      await propose('a');
      const range = { from: 0, to: 4 };
      await apply(0, 1, { kind: 'removed', range });
      await apply(1, 2, { kind: 'added', range });
      await apply(2, 3, { kind: 'removed', range: { from: 5, to: 6 } });
      await apply(3, 4, { kind: 'added', range: { from: 5, to: 6 } });
      const offered = await units(...'bcdefghij');
      expect(offered.filter((unit) => unit !== undefined).sort()).toEqual([1, 2, 3, 4, 5]);
    });

    it('tells a complete load and where it stands, and no other', async () => {
      expect(await admission.present(shard)).toBeUndefined();
      await load({ offset: 3 });
      await apply(3, 9);
      expect(await admission.present(shard)).toEqual({ loadId: 'load', offset: 9 });
    });

    it('names overdue proposals, oldest first, until they are decided', async () => {
      await load({ free: [{ from: 0, to: 9 }] });
      await propose('c');
      await propose('a');
      await proposeAt(5, 'b', 'd');
      await apply(0, 1, granted('a', 1));
      const open = (userId: string, unitNo: number) => ({ userId, unitNo, grabId: `${userId}-grab` });
      expect(await admission.overdue(shard, 'load', 1)).toEqual([]);
      expect(await admission.overdue(shard, 'load', 2)).toEqual([open('c', 0)]);
      expect(await admission.overdue(shard, 'load', 6)).toEqual([open('c', 0), open('b', 2), open('d', 3)]);
      await apply(1, 2, granted('b', 2));
      expect(await admission.overdue(shard, 'load', 6)).toEqual([open('c', 0), open('d', 3)]);
      expect(await admission.overdue(shard, 'another', 6)).toBe('lost');
    });

    it('counts the age of a proposal from the last time it was made', async () => {
      await load();
      await propose('a');
      await apply(0, 1, { kind: 'refused', userId: 'a', grabId: 'a-grab', unitNo: 0, unitFree: false });
      await proposeAt(5, 'a');
      expect(await admission.overdue(shard, 'load', 5)).toEqual([]);
      expect(await admission.overdue(shard, 'load', 6)).toHaveLength(1);
    });

    it('gives back exactly what still stands', async () => {
      await load();
      await propose('a', 'b', 'c');
      await apply(0, 1, granted('b', 1));
      const giveBack = (userId: string, grabId: string, unitNo: number) =>
        admission.giveBack(shard, 'load', [{ userId, grabId, unitNo }]);
      expect(await giveBack('a', 'a-grab', 2)).toBe('ok');
      expect(await giveBack('a', 'another', 0)).toBe('ok');
      expect(await giveBack('b', 'b-grab', 1)).toBe('ok');
      expect(await propose('d')).toEqual([{ kind: 'none-free' }]);
      expect(await giveBack('a', 'a-grab', 0)).toBe('ok');
      expect(await giveBack('a', 'a-grab', 0)).toBe('ok');
      expect(await units('d', 'e')).toEqual([0, undefined]);
      expect(await admission.giveBack(shard, 'another', [])).toBe('lost');
    });

    it('gives two grabs of one person in one step one unit', async () => {
      await load();
      const grabs = ['first', 'second', 'first'].map((grabId) => ({ userId: 'a', grabId }));
      expect(await admission.propose(shard, 'load', 1, grabs)).toEqual([
        { kind: 'proposed', unitNo: 0 },
        { kind: 'other-grab', grabId: 'first' },
        { kind: 'proposed', unitNo: 0 },
      ]);
      expect(await units('b', 'c', 'd')).toEqual([1, 2, undefined]);
    });

    it('takes a person and a grab by any name', async () => {
      const names = ['a|b', 'p7|x|1', '-', '100%', '用户', ' '];
      const items = names.map((name) => ({ userId: name, grabId: name }));
      await load({ free: [{ from: 7, to: 13 }] });
      await admission.propose(shard, 'load', 1, items);
      expect(await admission.propose(shard, 'load', 1, items)).toEqual(
        names.map((_, index) => ({ kind: 'proposed', unitNo: 7 + index })),
      );
      const found = await admission.overdue(shard, 'load', 2);
      expect(found).toEqual(items.map((item, index) => ({ ...item, unitNo: 7 + index })));
      await apply(0, 1, ...items.map((item, index): CacheChange => ({ kind: 'granted', ...item, unitNo: 7 + index })));
      expect(await admission.propose(shard, 'load', 1, items)).toEqual(names.map(() => ({ kind: 'held' })));
    });

    it('takes thousands of grabs in one step, and of changes in one record', async () => {
      await load({ free: [{ from: 0, to: 2_500 }] });
      const users = Array.from({ length: 2_501 }, (_, index) => `u${index}`);
      const offered = await units(...users);
      expect(offered).toEqual([...Array(2_500).keys(), undefined]);
      await apply(0, 1, ...users.slice(0, 2_500).map((user, unitNo) => granted(user, unitNo)));
      expect((await propose(...users)).slice(0, 2_500)).toEqual(Array(2_500).fill({ kind: 'held' }));
      expect(await admission.overdue(shard, 'load', 9)).toEqual([]);
    });

    it('offers each free unit exactly once in the end, whatever happened before', async () => {
      const steps = fc.array(fc.record({ what: fc.constantFrom(...HISTORY_STEPS), pick: fc.nat(1_000) }), {
        minLength: 40,
        maxLength: 100,
      });
      await fc.assert(
        fc.asyncProperty(steps, async (history) => {
          const one = { ...shard, campaignId: `${shard.campaignId}-${histories++}` };
          const world = new AdmissionHistory(make(), one, 8);
          await world.begin();
          for (const step of history) await world.step(step);
          await world.quiesce();
          const offered = await world.offered();
          expect(offered.filter((unit) => typeof unit === 'number').sort((a, b) => a - b)).toEqual(
            [...world.free].sort((a, b) => a - b),
          );
          expect(offered.at(-1)).toBe('none-free');
        }),
        { numRuns: 25 },
      );
    });

    it('names the place of a shard, the same as long as nothing changes', async () => {
      const place = await admission.place(shard);
      expect(place).not.toBe('');
      expect(await admission.place(shard)).toBe(place);
    });

    it('is replaced whole by another load', async () => {
      await load();
      await propose('a', 'b', 'c');
      await load({ offset: 4, free: [{ from: 2, to: 3 }] });
      expect(await propose('d', 'e')).toEqual([{ kind: 'proposed', unitNo: 2 }, { kind: 'none-free' }]);
    });

    it('loads thousands of ranges and holders', async () => {
      const free = Array.from({ length: 2_500 }, (_, index) => ({ from: index * 2, to: index * 2 + 1 }));
      const holders = free.map(({ to }) => ({ userId: `h${to}`, grabId: `h${to}-grab`, unitNo: to }));
      expect(await load({ free, holders })).toBe('ok');
      expect(await propose('h4999', 'a')).toEqual([{ kind: 'held' }, { kind: 'proposed', unitNo: 0 }]);
    });
  });
}
