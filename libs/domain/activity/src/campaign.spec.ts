import fc from 'fast-check';
import { differingField, qualifyingPool, qualifyingWindow, t0Field, t0Ms } from './campaign';
import { cardSplit, packetPool, timedSale } from './campaign.fixture';

it('T0 is the split of a card split and the opening of a sale', () => {
  expect([t0Ms(cardSplit()), t0Field(cardSplit())]).toEqual([4_000, 'timeline.splitAtMs']);
  expect([t0Ms(timedSale()), t0Field(timedSale())]).toEqual([2_000, 'timeline.opensAtMs']);
});

it('tasks count from opensAt to qualifyUntil, both included', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 7_000 }), (nowMs) => {
      const expected = nowMs < 2_000 ? 'BEFORE' : nowMs <= 3_000 ? 'OPEN' : 'AFTER';
      expect(qualifyingWindow(cardSplit(), nowMs)).toBe(expected);
    }),
  );
});

it('a set qualifies for the first pool that pays out', () => {
  const sold = timedSale().pools;
  expect(qualifyingPool(cardSplit({ pools: [...sold, packetPool(), packetPool({ poolId: 'more' })] }))?.poolId).toBe(
    'cash',
  );
  expect(qualifyingPool(timedSale())).toBeUndefined();
});

it('a spec is the same whatever its state, and after any change names the field', () => {
  expect(differingField({ ...cardSplit(), ...{ state: 'PUBLISHED' } }, cardSplit())).toBeUndefined();
  expect(differingField(cardSplit({ titleEn: 'Other' }), cardSplit())).toBe('titleEn');
  expect(differingField(cardSplit({ pools: [packetPool({ stock: 101 })] }), cardSplit())).toBe('pools.0.stock');
  expect(differingField(cardSplit({ pools: [] }), cardSplit())).toBe('pools.0');
  expect(differingField(cardSplit({ authorCommitment: 'x' }), cardSplit())).toBe('authorCommitment');
  const timeline = { ...cardSplit().timeline, splitAtMs: undefined };
  expect(differingField(cardSplit({ timeline }), cardSplit())).toBe('timeline.splitAtMs');
});
