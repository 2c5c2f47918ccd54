import fc from 'fast-check';
import { ConsumerPace, type PaceLimit, strictestPace } from './consumer-pace';

const always = () => true;
const nothing = () => undefined;

/** A pace in time that passes only while somebody sleeps. */
function paceOf(limit: PaceLimit) {
  const state = { now: 1_000, limit, waits: 0 };
  const pace = new ConsumerPace(() => state.limit, {
    now: () => state.now,
    sleep: (ms) => {
      state.now += ms;
      return Promise.resolve();
    },
  });
  const take = (wanted: number) => pace.take(wanted, always, () => (state.waits += 1));
  return { state, pace, take };
}

describe('ConsumerPace', () => {
  it('lets everything through at once without a limit', async () => {
    const { state, pace, take } = paceOf({ eventsPerSecond: null, concurrency: null });
    expect(await take(5_000)).toBe(5_000);
    for (let i = 0; i < 100; i++) expect(await pace.enter(always)).toBe(true);
    expect(state.now).toBe(1_000);
  });

  it('never lets through more than the rate and one slice, and nearly the rate, whatever is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20_000 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 5, maxLength: 30 }),
        async (eventsPerSecond, batches) => {
          const { state, take } = paceOf({ eventsPerSecond, concurrency: null });
          const slice = Math.max(1, eventsPerSecond / 4);
          let taken = 0;
          for (const batch of batches) {
            for (let left = batch; left > 0;) {
              const now = await take(left);
              expect(now).toBeGreaterThanOrEqual(1);
              taken += now;
              left -= now;
              const allowed = ((state.now - 1_000) * eventsPerSecond) / 1_000;
              expect(taken).toBeLessThanOrEqual(allowed + slice + 1e-6);
              expect(taken).toBeGreaterThanOrEqual(allowed - 1e-6);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('says that it waits, and sees a limit that is lifted', async () => {
    const { state, pace, take } = paceOf({ eventsPerSecond: 1, concurrency: null });
    expect(await take(10)).toBe(1);
    const next = pace.take(10, always, () => {
      state.waits += 1;
      state.limit = { eventsPerSecond: null, concurrency: null };
    });
    expect(await next).toBe(10);
    expect(state.waits).toBe(1);
    expect(state.now).toBe(1_250);
  });

  it('stops waiting for a rate or a place when the consumer stops', async () => {
    const { pace, take } = paceOf({ eventsPerSecond: 1, concurrency: 1 });
    let looks = 0;
    const threeTimes = () => ++looks <= 3;
    await take(1);
    expect(await pace.take(1, threeTimes, nothing)).toBe(0);
    expect(await pace.enter(always)).toBe(true);
    looks = 0;
    expect(await pace.enter(threeTimes)).toBe(false);
    pace.leave();
    expect(await pace.enter(always)).toBe(true);
  });
});

describe('strictestPace', () => {
  it('takes the least of each, and no limit for the loosest', () => {
    expect(strictestPace([])).toEqual({ eventsPerSecond: null, concurrency: null });
    expect(
      strictestPace([
        { eventsPerSecond: 100, concurrency: null },
        { eventsPerSecond: null, concurrency: 3 },
        { eventsPerSecond: 40, concurrency: 5 },
      ]),
    ).toEqual({ eventsPerSecond: 40, concurrency: 3 });
  });
});
