import { type Admission, type CacheChange, type ShardSnapshot } from '../admission';
import { type ShardId } from '../pool';

/** What every admission cache must do; run on the fake and on Redis alike. */
export function admissionContract(name: string, make: () => Admission): void {
  describe(`admission cache: ${name}`, () => {
    let admission: Admission;
    let shard: ShardId;
    let shardCount = 0;

    beforeEach(() => {
      admission = make();
      shard = { campaignId: `c${process.pid}-${Date.now()}`, poolId: 'p', shardNo: shardCount++ };
    });

    const load = (more: Partial<ShardSnapshot> = {}) =>
      admission.load(shard, 'load', { offset: 0, free: [{ from: 0, to: 3 }], holders: [], ...more });
    const propose = (...users: string[]) =>
      admission.propose(
        shard,
        'load',
        1,
        users.map((userId) => ({ userId, grabId: `${userId}-grab` })),
      );
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
