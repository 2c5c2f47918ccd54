import fc from 'fast-check';
import { percentileOf, spreadOf } from './statistics';

describe('spreadOf', () => {
  it('takes the middle of an odd number of rounds, whatever their order', () => {
    expect(spreadOf([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30 });
  });

  it('takes the mean of the two in the middle of an even number', () => {
    expect(spreadOf([4, 1, 2, 10])).toEqual({ median: 3, min: 1, max: 10 });
  });

  it('orders numbers by value and not by their text', () => {
    expect(spreadOf([9, 100, 80])).toEqual({ median: 80, min: 9, max: 100 });
  });

  it('refuses to make a figure out of nothing', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
    expect(() => spreadOf([1, NaN])).toThrow(RangeError);
    expect(() => spreadOf([1, Infinity])).toThrow(RangeError);
  });

  it('has half of the rounds on either side of the median', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 1, maxLength: 20 }), (values) => {
        const { median, min, max } = spreadOf(values);
        const half = values.length / 2;
        expect(values.filter((value) => value <= median).length).toBeGreaterThanOrEqual(half);
        expect(values.filter((value) => value >= median).length).toBeGreaterThanOrEqual(half);
        expect([min, max]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
    );
  });
});

describe('percentileOf', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);

  it.each([
    [0, 1],
    [50, 50],
    [99, 99],
    [99.5, 100],
    [100, 100],
  ])('%d %% of 1 to 100 is %d', (percent, value) => {
    expect(percentileOf(hundred, percent)).toBe(value);
  });

  it('is the only value of one, and not a number of none', () => {
    expect(percentileOf([7], 99)).toBe(7);
    expect(percentileOf([], 99)).toBeNaN();
  });
});
