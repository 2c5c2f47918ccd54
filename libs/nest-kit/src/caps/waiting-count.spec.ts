import { WaitingCount } from './waiting-count';

describe('WaitingCount', () => {
  it.each([
    [20, 1_000],
    [500, 5_000],
    [100_000, 20_000],
  ])('sends people further away the more of them there are, within bounds: %i to %i ms', (refused, pollAfterMs) => {
    const waiting = new WaitingCount();
    for (let i = 0; i < refused; i += 1) waiting.add(0);
    expect(waiting.pollAfterMs(100)).toBe(pollAfterMs);
  });

  it('forgets them when nobody is turned away any more', () => {
    const waiting = new WaitingCount();
    for (let i = 0; i < 500; i += 1) waiting.add(0);
    waiting.add(5_000);
    expect(waiting.pollAfterMs(100)).toBe(1_000);
  });
});
