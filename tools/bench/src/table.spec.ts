import { renderTable } from './table';

describe('renderTable', () => {
  it('aligns the columns and says what does not apply', () => {
    const spread = (median: number) => ({ median, min: median * 0.9, max: median * 1.1 });
    const table = renderTable([
      {
        name: 'winners',
        unit: '1/s',
        limit: spread(20_000),
        ours: spread(9_000),
        ratio: 0.45,
        toReach: 'ratio >= 0.5',
        reached: false,
      },
      {
        name: 'goodput',
        unit: '1/s',
        limit: spread(0),
        ours: spread(9),
        ratio: Infinity,
        toReach: null,
        reached: null,
      },
      { name: 'known to all', unit: 'ms', limit: null, ours: spread(12), ratio: null, toReach: null, reached: null },
    ]);
    expect(table.split('\n')).toEqual([
      '              unit  limit (min-max)         ours (min-max)       ratio  to reach      reached',
      'winners       1/s   20,000 (18,000-22,000)  9,000 (8,100-9,900)  0.45   ratio >= 0.5  no',
      'goodput       1/s   0.00 (0.00-0.00)        9.00 (8.10-9.90)     -      -             -',
      'known to all  ms    -                       12.0 (10.8-13.2)     -      -             -',
    ]);
  });
});
