import { bucketErrors } from './bucket-errors';

const count = (bucket: number, taken: number, asked = 1_000) => ({ bucket, taken, asked });

describe('bucketErrors', () => {
  it('finds the fullest and the emptiest bucket', () => {
    expect(bucketErrors([count(0, 100), count(1, 103), count(2, 96)], 100, [])).toEqual({
      abovePercent: expect.closeTo(3) as number,
      belowPercent: expect.closeTo(4) as number,
      belowExcusedPercent: 0,
      judged: 3,
    });
  });

  it('does not hold a bucket against the cap in which too little was asked for', () => {
    expect(bucketErrors([count(0, 50, 119), count(1, 100)], 100, []).belowPercent).toBe(0);
  });

  it('tells excused buckets apart, which may be emptier and not fuller', () => {
    const errors = bucketErrors([count(0, 60), count(1, 104), count(2, 99)], 100, [{ from: 0, to: 1 }]);
    expect(errors.belowExcusedPercent).toBeCloseTo(40);
    expect(errors.belowPercent).toBeCloseTo(1);
    expect(errors.abovePercent).toBeCloseTo(4);
  });
});
