import { computeRow, isReached, type RowSpec, type Samples } from './rows';

const samples: Samples = new Map([
  ['echo', [{ perSecond: 900 }, { perSecond: 1_000 }, { perSecond: 1_200 }]],
  ['floodgate', [{ perSecond: 450 }, { perSecond: 700 }, { perSecond: 500 }]],
]);

const spec = {
  name: 'winners',
  unit: '1/s',
  limit: { contender: 'echo', figure: 'perSecond' },
  ours: { contender: 'floodgate', figure: 'perSecond' },
  toReach: { of: 'ratio', atLeast: 0.5 },
} satisfies RowSpec;

describe('computeRow', () => {
  it('compares the medians and says what was to be reached', () => {
    expect(computeRow(spec, samples)).toEqual({
      name: 'winners',
      unit: '1/s',
      limit: { median: 1_000, min: 900, max: 1_200 },
      ours: { median: 500, min: 450, max: 700 },
      ratio: 0.5,
      toReach: 'ratio >= 0.5',
      reached: true,
    });
  });

  it('has no ratio without a limit, and judges the figure itself', () => {
    const { limit, ...rest } = spec;
    const row = computeRow({ ...rest, toReach: { of: 'ours', atMost: 499 } }, samples);
    expect(limit.contender).toBe('echo');
    expect(row).toMatchObject({ limit: null, ratio: null, toReach: 'ours <= 499', reached: false });
  });

  it('judges nothing where nothing is to be reached', () => {
    const { toReach, ...rest } = spec;
    expect(toReach.atLeast).toBe(0.5);
    expect(computeRow(rest, samples)).toMatchObject({ ratio: 0.5, toReach: null, reached: null });
  });

  it('reaches nothing with a figure that is no number in some round', () => {
    const idle: Samples = new Map([...samples, ['floodgate', [{ perSecond: 450 }, { perSecond: NaN }]]]);
    expect(computeRow(spec, idle)).toMatchObject({ ours: null, ratio: null, reached: false });
    const exact = { ...spec, toReach: { of: 'ours', exactly: 450 } } as const;
    expect(computeRow(exact, idle)).toMatchObject({ ours: null, reached: false });
  });

  it('refuses a figure that is missing in a round', () => {
    const holed: Samples = new Map([...samples, ['floodgate', [{ perSecond: 450 }, {}]]]);
    expect(() => computeRow(spec, holed)).toThrow('floodgate measured perSecond in 1 of 2 rounds');
    expect(() => computeRow(spec, new Map())).toThrow('measured perSecond in 0 of 0 rounds');
  });
});

describe('isReached', () => {
  const even = (value: number) => ({ median: value, min: value, max: value });

  it.each([
    [{ of: 'ratio', atLeast: 0.5 }, 0.5, true],
    [{ of: 'ratio', atLeast: 0.5 }, 0.4999, false],
    [{ of: 'ratio', atMost: 2.5 }, 2.5, true],
    [{ of: 'ratio', atMost: 2.5 }, 2.5001, false],
    [{ of: 'ratio', atLeast: 0.5 }, NaN, false],
    [{ of: 'ratio', atLeast: 3 }, Infinity, true],
    [{ of: 'ratio', atMost: 2.5 }, Infinity, false],
    [{ of: 'ratio', atLeast: 0.5 }, null, false],
  ] as const)('%j with ratio %p: %p', (goal, ratio, reached) => {
    expect(isReached(goal, ratio, even(100))).toBe(reached);
  });

  it('takes the median itself where the goal is of ours', () => {
    expect(isReached({ of: 'ours', atLeast: 100 }, null, even(100))).toBe(true);
    expect(isReached({ of: 'ours', atMost: 99 }, 0.1, even(100))).toBe(false);
  });

  it('takes every round where the goal is exact', () => {
    expect(isReached({ of: 'ours', exactly: 100 }, null, even(100))).toBe(true);
    expect(isReached({ of: 'ours', exactly: 100 }, null, { ...even(100), max: 101 })).toBe(false);
    expect(isReached({ of: 'ours', exactly: 100 }, null, { ...even(100), min: 99 })).toBe(false);
  });
});
