import { type PayAttempts } from './readings';
import { reissuesIn, watchReissues } from './reissue-watch';

const reading = (nowMs: number, again: number, refused: number): PayAttempts => ({ nowMs, again, refused });

describe('attempts at refused payouts', () => {
  it('count from the first reading in tier 1 to the last, and neither before nor after', () => {
    const readings = [reading(990, 1, 0), reading(1_000, 2, 1), reading(1_999, 5, 4), reading(2_000, 9, 0)];
    expect(reissuesIn(readings, 1_000, 2_000)).toEqual({
      inTier1: 3,
      waitingInTier1: 4,
      readUntil: new Date(1_999).toISOString(),
    });
  });

  it('are not known when tier 1 was never read', () => {
    expect(reissuesIn([reading(2_500, 9, 0)], 1_000, 2_000).readUntil).toBeNull();
  });

  it('are read until tier 1 is over', async () => {
    const readings = [reading(10, 0, 0), reading(40, 1, 1), reading(60, 7, 0)];
    const stores = { payAttempts: () => Promise.resolve(readings.shift() ?? reading(1_000, 99, 99)) };
    const reissues = await watchReissues(stores, 'c', { fromMs: 0, untilMs: 50, nowMs: () => 0 });
    expect(reissues).toMatchObject({ inTier1: 1, waitingInTier1: 1 });
    expect(readings).toEqual([]);
  });
});
