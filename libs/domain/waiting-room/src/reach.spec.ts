import { lastReached, outOfReach, type PoolLeft } from './reach';

const STATE = { issued: 100, opening: undefined, serving: 40, lapsed: 10 };
const left = (units: number): PoolLeft => ({ left: units, final: false });
const GONE: PoolLeft = { left: 0, final: true };
const UNKNOWN: PoolLeft = { left: undefined, final: false };

it.each([
  ['nothing is known of a pool', [left(0), UNKNOWN], undefined, undefined],
  ['a unit is left for the next to come', [left(30), left(31)], 101, undefined],
  ['the people before take all there is', [left(30), left(30)], 101, 'SOLD_OUT_FOR_NOW'],
  ['what is left reaches this position', [left(30)], 70, undefined],
  ['what is left ends just before this position', [left(30)], 71, 'SOLD_OUT_FOR_NOW'],
  ['one pool is gone for good', [GONE, left(30)], 71, 'SOLD_OUT_FOR_NOW'],
  ['all pools are gone for good', [GONE, GONE], 41, 'SOLD_OUT'],
] as const)('when %s', (_, pools, position, expected) => {
  expect(outOfReach(STATE, pools, position)).toBe(expected);
});

it('is about who would come next, when nobody is named', () => {
  expect(outOfReach(STATE, [left(60)])).toBe('SOLD_OUT_FOR_NOW');
  expect(outOfReach(STATE, [left(61)])).toBeUndefined();
});

it('says how far the stock goes', () => {
  expect(lastReached(STATE, [left(30), GONE])).toBe(70);
  expect(lastReached(STATE, [left(30), UNKNOWN])).toBeUndefined();
});
