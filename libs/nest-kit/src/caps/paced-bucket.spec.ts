import fc from 'fast-check';
import { PacedBucket } from './paced-bucket';

/** How many of `count` requests, spread evenly over the bucket that begins at `fromMs`, get through. */
function takenIn(bucket: PacedBucket, perSecond: number, fromMs: number, count = 400): number {
  let taken = 0;
  for (let i = 0; i < count; i += 1) if (bucket.take(perSecond, fromMs + (i * 100) / count)) taken += 1;
  return taken;
}

describe('PacedBucket', () => {
  it('lets through the cap and no more, in each 100 ms, however requests arrive', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.array(fc.double({ min: 0, max: 3_000, noNaN: true }), { maxLength: 2_000 }),
        (perSecond, arrivals) => {
          const cap = new PacedBucket();
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
    const cap = new PacedBucket();
    let taken = 0;
    for (let atMs = 0; atMs < 10_000; atMs += 0.25) if (cap.take(perSecond, atMs)) taken += 1;
    expect(taken).toBeGreaterThanOrEqual(expected - 1);
    expect(taken).toBeLessThanOrEqual(expected + 1);
  });

  it('lets a bucket out evenly: never more than a slice ahead of the clock', () => {
    const cap = new PacedBucket();
    let taken = 0;
    for (let atMs = 0; atMs < 100; atMs += 0.05) {
      if (cap.take(10_000, atMs)) taken += 1;
      expect(taken).toBeLessThanOrEqual(10 * (atMs + 5) + 1);
    }
    expect(taken).toBe(1_000);
  });

  it('gives late what it has not given early, within a bucket', () => {
    const cap = new PacedBucket();
    cap.take(1_000, 0);
    let taken = 0;
    for (let i = 0; i < 200; i += 1) if (cap.take(1_000, 99)) taken += 1;
    expect(taken).toBe(99);
  });

  it('does not save up while nobody comes', () => {
    const cap = new PacedBucket();
    cap.take(100, 0);
    expect(takenIn(cap, 100, 60_000)).toBe(10);
  });

  it('waits for its own clock when that goes back a little, and goes on by another one that is far behind', () => {
    const cap = new PacedBucket();
    expect(takenIn(cap, 1_000, 3_600_000)).toBe(100);
    expect(takenIn(cap, 1_000, 3_599_600)).toBe(0);
    expect(takenIn(cap, 1_000, 100)).toBe(100);
    expect(takenIn(cap, 1_000, 200)).toBe(100);
  });

  it('takes a smaller share from the next bucket on, and none at 0', () => {
    const cap = new PacedBucket();
    expect(takenIn(cap, 1_000, 0)).toBe(100);
    expect(takenIn(cap, 500, 100)).toBe(50);
    expect(takenIn(cap, 0, 200)).toBe(0);
    expect(takenIn(new PacedBucket(), 0, 0)).toBe(0);
  });
});
