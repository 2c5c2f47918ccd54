import { type FaultKind } from './plan/fault-plan';
import { metTooSeldom, type ScheduleSummary } from './report';

/** Each with one fault of a kind and so many shard loads with proposals in flight. */
const schedules = (count: number, kind: FaultKind, loadsInFlight: number) =>
  Array.from({ length: count }, (): ScheduleSummary => ({
    seed: 1,
    wrong: [],
    faults: [{ plan: { kind } as never, fromMs: 0, toMs: 1 }],
    grants: 1,
    counters: new Map([['floodgate_inventory_loads_with_proposals_total', loadsInFlight]]),
    repliesLost: 0,
    tookMs: 1,
  }));

describe('a long run', () => {
  it('says what it has met too seldom to have tried it', () => {
    const results = [...schedules(19, 'kill', 1), ...schedules(181, 'redis', 0)];
    expect(metTooSeldom(results, ['kill', 'redis'])).toEqual([
      'only 19 faults of kind kill in 200 schedules: 20 are wanted',
      'only 19 shard loads with proposals in flight in 200 schedules: 20 are wanted',
    ]);
  });

  it('has nothing to say of what it met often enough, nor of kinds it was not to try', () => {
    expect(metTooSeldom(schedules(200, 'redis', 1), ['redis'])).toEqual([]);
    expect(metTooSeldom(schedules(200, 'pause', 0), ['pause'])).toEqual([]);
  });

  it('is one of 200 schedules: of fewer nothing is expected', () => {
    expect(metTooSeldom(schedules(199, 'pause', 0), ['kill'])).toEqual([]);
  });
});
