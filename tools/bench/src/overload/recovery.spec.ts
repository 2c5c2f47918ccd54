import { recoveryMs } from './recovery';

const due = (buckets: number) => Array.from({ length: buckets }, () => 100);

describe('recovery from a burst', () => {
  it('is when nobody is refused from then on', () => {
    const served = [100, 100, 10, 10, 50, 99, ...due(10)];
    expect(recoveryMs(due(16), served, 200)).toBe(300);
  });

  it('is at once, or never', () => {
    expect(recoveryMs(due(10), due(10), 300)).toBe(0);
    expect(recoveryMs(due(10), [...due(9), 0], 300)).toBe(Infinity);
  });
});
