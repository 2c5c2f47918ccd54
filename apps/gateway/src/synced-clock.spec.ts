import { SyncedClock } from './synced-clock';

const serverMs = (localMs: number) => 1_800_000_000_000 + localMs;

describe('SyncedClock', () => {
  it('is the wall clock until it has learnt the time', () => {
    expect(Math.abs(new SyncedClock().nowMs() - Date.now())).toBeLessThan(60_000);
  });

  it('takes the middle of a round trip as the moment of the answer', () => {
    const clock = new SyncedClock();
    const now = performance.now();
    clock.learn(serverMs(now - 10), now - 20, now);
    const read = clock.nowMs();
    expect(read).toBeGreaterThanOrEqual(Math.floor(serverMs(now)));
    expect(read).toBeLessThanOrEqual(Math.ceil(serverMs(performance.now())));
  });

  it('believes a quick answer over a slow one that comes soon after, but not for ever', () => {
    const clock = new SyncedClock();
    const offset = () => Math.round((clock.nowMs() - serverMs(performance.now())) / 1_000) + 0;
    clock.learn(serverMs(1), 0, 2);
    clock.learn(serverMs(500) + 5_000, 0, 1_000);
    expect(offset()).toBe(0);
    clock.learn(serverMs(1_001) - 9_000, 1_000, 1_003);
    expect(offset()).toBe(-9);
    clock.learn(serverMs(60_500) + 5_000, 60_000, 61_000);
    expect(offset()).toBe(5);
  });
});
