import fc from 'fast-check';
import { percentilesOf, Tally } from './tally';

describe('percentiles', () => {
  it('are values of the list, in order, and the maximum is the largest', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1 }), (list) => {
        const { count, p50, p90, p99, max } = percentilesOf(list);
        expect(count).toBe(list.length);
        expect(max).toBe(Math.max(...list));
        expect(p50 <= p90 && p90 <= p99 && p99 <= max).toBe(true);
        for (const value of [p50, p90, p99]) expect(list).toContain(value);
      }),
    );
  });

  it('takes the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentilesOf(hundred)).toEqual({ count: 100, p50: 50, p90: 90, p99: 99, max: 100 });
    expect(percentilesOf([])).toEqual({ count: 0, p50: 0, p90: 0, p99: 0, max: 0 });
  });
});

describe('the tally', () => {
  it('counts stages, refusals by layer, and attempts by route and outcome', () => {
    const tally = new Tally();
    tally.reached('came');
    tally.reached('came');
    tally.turnedAway('draws', 'SET_INCOMPLETE');
    tally.attempt('draw', 'OK', 3);
    tally.attempt('draw', 'OK', 5);
    tally.attempt('draw', 'NO_DRAWS_LEFT', 1);
    tally.attempt('grab', 'WAIT', 2);
    expect(tally.count('came')).toBe(2);
    expect(tally.count('entered')).toBe(0);
    expect(tally.refusedAt('draws')).toEqual({ SET_INCOMPLETE: 1 });
    expect(tally.refusedAt('entry')).toEqual({});
    expect(tally.outcomes()).toEqual({ draw: { OK: 2, NO_DRAWS_LEFT: 1 }, grab: { WAIT: 1 } });
    expect(tally.attemptCount()).toBe(4);
    expect(tally.latencyMs()['draw']).toMatchObject({ count: 3, max: 5 });
  });
});
