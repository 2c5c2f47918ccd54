import { cpuPerAnswer, sumOf, unexpected } from './counted-load';
import { type LoadResult } from './load/job';

describe('what is counted of a load', () => {
  it('is CPU time for an answer, all together and by process', () => {
    const cpu = new Map([
      ['gateway', 300],
      ['redis', 100],
    ]);
    expect(cpuPerAnswer(cpu, 4_000)).toEqual({
      cpuUsPerAnswer: 100,
      'cpuUsPerAnswer.gateway': 75,
      'cpuUsPerAnswer.redis': 25,
    });
  });

  it('is every answer of another kind than expected', () => {
    const result = { outcomes: { GRANTED: 5, WAIT: 2, LOST: 1 } } as unknown as LoadResult;
    expect(unexpected(result, ['GRANTED', 'WAIT'])).toEqual({ LOST: 1 });
    expect(sumOf([{ LOST: 1 }, { WAIT: 1, LOST: 2 }, {}])).toEqual({ LOST: 3, WAIT: 1 });
  });
});
