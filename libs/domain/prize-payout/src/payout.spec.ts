import { IllegalPayoutStep, PAYOUT_EVENTS, PAYOUT_STATES, type PayoutState, stepPayout } from './payout';

// One row a state, one column an event, in the order of PAYOUT_EVENTS; `-` cannot happen.
const TABLE: Record<PayoutState, string> = {
  //         send paid    refused
  UNBOOKED: '-    -       -',
  BOOKED: '  SENT -       -',
  SENT: '    -    SETTLED FAILED',
  SETTLED: ' -    SETTLED SETTLED',
  FAILED: '  SENT SETTLED FAILED',
};

describe('stepPayout', () => {
  const rows = PAYOUT_STATES.flatMap((state) => {
    const columns = TABLE[state].trim().split(/\s+/);
    return PAYOUT_EVENTS.map((event, index) => ({ state, event, next: columns[index] }));
  });

  it.each(rows)('$state + $event -> $next', ({ state, event, next }) => {
    if (next === '-') expect(() => stepPayout(state, event)).toThrow(IllegalPayoutStep);
    else expect(stepPayout(state, event)).toBe(next);
  });
});
