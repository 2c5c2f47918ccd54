import fc from 'fast-check';
import { RateCap } from './rate-cap';

describe('RateCap', () => {
  it('lets through the cap and no more, in each 100 ms, however requests arrive', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.array(fc.double({ min: 0, max: 3_000, noNaN: true }), { maxLength: 2_000 }),
        (perSecond, arrivals) => {
          const cap = new RateCap();
          const taken = new Map<number, number>();
          for (const atMs of arrivals.sort((a, b) => a - b)) {
            if (!cap.take(perSecond, atMs)) continue;
            const bucket = Math.floor(atMs / 100);
            taken.set(bucket, (taken.get(bucket) ?? 0) + 1);
          }
          for (const count of taken.values()) expect(count).toBeLessThanOrEqual(Math.ceil(perSecond / 10));
        },
      ),
    );
  });

  it.each([
    [1, 10],
    [7, 70],
    [25, 250],
    [1_000, 10_000],
  ])('gives %i a second its whole share when more is offered: %i in 10 s', (perSecond, expected) => {
    const cap = new RateCap();
    let taken = 0;
    for (let atMs = 0; atMs < 10_000; atMs += 0.25) if (cap.take(perSecond, atMs)) taken += 1;
    expect(taken).toBeGreaterThanOrEqual(expected - 1);
    expect(taken).toBeLessThanOrEqual(expected + 1);
  });

  it('does not save up while nobody comes', () => {
    const cap = new RateCap();
    cap.take(100, 0);
    let taken = 0;
    for (let i = 0; i < 50; i += 1) if (cap.take(100, 60_000)) taken += 1;
    expect(taken).toBe(10);
  });

  it('sends people further away the more of them there are, within bounds', () => {
    const few = new RateCap();
    for (let i = 0; i < 20; i += 1) few.take(100, 0);
    expect(few.pollAfterMs(100)).toBe(1_000);
    const many = new RateCap();
    for (let i = 0; i < 510; i += 1) many.take(100, 0);
    expect(many.pollAfterMs(100)).toBe(5_000);
    const flood = new RateCap();
    for (let i = 0; i < 100_000; i += 1) flood.take(100, 0);
    expect(flood.pollAfterMs(100)).toBe(20_000);
  });
});
