import { cpuUsPerRefusal } from './rush';

describe('CPU of a refusal', () => {
  it('is what is left of all that was spent when the winners have had theirs', () => {
    expect(cpuUsPerRefusal({ cpuMs: 30_000, granted: 10_000, refused: 990_000, winnerCpuUs: 100 })).toBeCloseTo(29.29);
    expect(cpuUsPerRefusal({ cpuMs: 10, granted: 0, refused: 1_000, winnerCpuUs: 100 })).toBe(10);
  });
});
