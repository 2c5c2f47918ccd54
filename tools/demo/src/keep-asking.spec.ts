import { isFinal, keepAsking } from './keep-asking';

describe('asking again', () => {
  it('ends with a final answer at once', async () => {
    let asked = 0;
    const ask = () => Promise.resolve({ outcome: 'CLOSED' as const, asked: (asked += 1) });
    expect(await keepAsking(ask, 60_000)).toEqual({ outcome: 'CLOSED', asked: 1 });
  });

  it('gives what is known when there is no time to ask again', async () => {
    expect(await keepAsking(() => Promise.resolve({ outcome: 'TRY_LATER' as const }), 0)).toEqual({
      outcome: 'TRY_LATER',
    });
  });

  it.each([
    ['OK', true],
    ['SOLD_OUT', true],
    ['WAIT', false],
    ['TRY_LATER', false],
    ['GAVE_UP', false],
    ['OFFLINE', false],
  ])('%s is final: %s', (outcome, expected) => {
    expect(isFinal(outcome)).toBe(expected);
  });
});
