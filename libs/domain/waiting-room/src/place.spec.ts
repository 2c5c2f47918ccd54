import fc from 'fast-check';
import { etaMs, placeOf, pollAfterMs } from './place';

const STATE = { issued: 100, opening: undefined, serving: 40, lapsed: 10 };

it.each([
  [undefined, { kind: 'unopened' }],
  [1, { kind: 'lapsed', position: 1 }],
  [10, { kind: 'lapsed', position: 10 }],
  [11, { kind: 'called', position: 11 }],
  [40, { kind: 'called', position: 40 }],
  [41, { kind: 'waiting', position: 41, ahead: 0 }],
  [100, { kind: 'waiting', position: 100, ahead: 59 }],
])('position %p stands as %p', (position, place) => {
  expect(placeOf(position, STATE)).toEqual(place);
});

it.each([
  [0, 10, 100],
  [99, 10, 10_000],
  [0, 0, undefined],
])('with %d ahead and %d called a second it takes %p ms', (ahead, perSecond, expected) => {
  expect(etaMs(ahead, perSecond)).toBe(expected);
});

it.each([
  [0, 1_000],
  [10_000, 1_000],
  [50_000, 5_000],
  [200_000, 20_000],
  [9_999_999, 20_000],
  [undefined, 20_000],
])('with %p ms left it is looked again after %d ms', (leftMs, middleMs) => {
  expect(pollAfterMs(leftMs, 0)).toBe(middleMs * 0.8);
  expect(pollAfterMs(leftMs, 0.5)).toBe(middleMs);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
      const after = pollAfterMs(leftMs, random);
      expect(after).toBeGreaterThanOrEqual(middleMs * 0.8);
      expect(after).toBeLessThanOrEqual(middleMs * 1.2);
    }),
  );
});
