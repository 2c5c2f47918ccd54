import { hashTag, slotOf } from './hash-tag';

const pool = { campaignId: '0198c2f0-5b1e-7d3a-9c55-6f1f5b1e7d3a', poolId: 'cash' };
const tagsOf = (shards: number, of = pool) =>
  Array.from({ length: shards }, (_, shardNo) => hashTag({ ...of, shardNo }, shards));

/** How many shards each of a number of masters holds that share the slots evenly, as redis-cli and operators lay them out. */
function shardsOfMasters(tags: readonly string[], masters: number): number[] {
  const counts = new Array<number>(masters).fill(0);
  for (const tag of tags) {
    const master = Math.floor((slotOf(tag) * masters) / 16_384);
    counts[master] = (counts[master] ?? 0) + 1;
  }
  return counts;
}

describe('hash tags', () => {
  it.each([
    ['123456789', 0x31c3],
    ['foo', 12_182],
    ['用户', 5_340],
    ['', 0],
  ])('puts %p into slot %p, as Redis does', (text, slot) => {
    expect(slotOf(text)).toBe(slot);
  });

  it.each([3, 6].flatMap((masters) => [6, 12, 16, 24, 64, 256].map((shards) => [masters, shards] as const)))(
    'spreads over %i masters %i shards as evenly as whole shards can be',
    (masters, shards) => {
      for (const poolId of ['cash', 'coupons', 'x']) {
        const counts = shardsOfMasters(tagsOf(shards, { ...pool, poolId }), masters);
        const [least, most] = [Math.min(...counts), Math.max(...counts)];
        expect([least, most]).toEqual([Math.floor(shards / masters), Math.ceil(shards / masters)]);
        if (shards % masters === 0 || shards / masters >= 5) expect(most / least).toBeLessThanOrEqual(1.2);
      }
    },
  );

  it('has a tag of its own for every shard, also when there are more than slots to a shard', () => {
    expect(new Set(tagsOf(256)).size).toBe(256);
    expect(hashTag({ ...pool, shardNo: 19_999 }, 20_000)).toMatch(/\/19999\/\d+$/);
  });

  // A shard's keys must be found again by another release.
  it('never changes', () => {
    expect(hashTag({ campaignId: 'c', poolId: 'p', shardNo: 2 }, 6)).toMatchInlineSnapshot(`"v1/c/p/2/43"`);
  });

  it('refuses a shard that the pool does not have', () => {
    expect(() => hashTag({ ...pool, shardNo: 3 }, 3)).toThrow(RangeError);
  });
});
