import { drainPerSecond, type Mark, NO_PACE, paceOf } from './drain';

const mark = (atMs: number, serving: number, tried = 0, answered = 0): Mark => ({ atMs, serving, tried, answered });

describe('the pace', () => {
  it('is nothing without two marks', () => {
    expect(paceOf([])).toEqual(NO_PACE);
    expect(paceOf([mark(1_000, 5)])).toEqual(NO_PACE);
    expect(paceOf([mark(1_000, 5), mark(1_000, 9)])).toEqual(NO_PACE);
  });

  it('is of the last five seconds', () => {
    const marks = [mark(0, 0), mark(4_000, 1_000, 100, 90), mark(6_000, 1_200, 140, 100), mark(9_000, 1_500, 200, 190)];
    expect(paceOf(marks)).toEqual({ calledPerSecond: 100, triedPerSecond: 20, answeredPerSecond: 20 });
  });

  it('is never below nothing, when a store has lost its counts', () => {
    expect(paceOf([mark(0, 50, 50, 50), mark(1_000, 60, 5, 5)])).toEqual({
      calledPerSecond: 10,
      triedPerSecond: 0,
      answeredPerSecond: 0,
    });
  });
});

const pace = (triedPerSecond: number, answeredPerSecond: number) => ({
  calledPerSecond: 0,
  triedPerSecond,
  answeredPerSecond,
});

it.each([
  ['the plan says', 50, 200, pace(40, 40), 50],
  ['the cap says', 500, 200, pace(40, 40), 200],
  ['is answered, when answers fall behind', 500, 200, pace(100, 30), 30],
  ['the plan says, when more is answered', 20, null, pace(100, 30), 20],
  ['one, when nothing is answered', 500, 200, pace(100, 0), 1],
  ['the plan says, though few come who are called', 500, null, pace(3, 3), 500],
  ['a beginning, without limits', null, null, NO_PACE, 100],
  ['twice what is answered, without limits', null, null, pace(400, 390), 780],
])('calls as many as %s', (_, perSecondMax, cap, measured, expected) => {
  expect(drainPerSecond({ perSecondMax, cap }, measured)).toBe(expected);
});
