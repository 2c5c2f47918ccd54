import { countWithin, longestSilenceMs } from './killed-inventory';

const answers = {
  outcomes: { GRANTED: 3, WAIT: 2 },
  outcomeNos: Uint8Array.from([0, 1, 0, 1, 0]),
  answeredAtMs: Float64Array.from([1_000, 1_100, 1_900, 2_500, 1_200]),
};

describe('what a kill did to the answers', () => {
  it('counts those of a kind within a time', () => {
    expect(countWithin(answers, 'WAIT', 1_050, 2_050)).toBe(1);
    expect(countWithin(answers, 'WAIT', 1_050, 2_500)).toBe(2);
    expect(countWithin(answers, 'LOST', 0, 9_999)).toBe(0);
  });

  it('finds the longest time without one of a kind, in whatever order they come', () => {
    expect(longestSilenceMs(answers, 'GRANTED')).toBe(700);
    expect(longestSilenceMs(answers, 'LOST')).toBe(0);
  });
});
