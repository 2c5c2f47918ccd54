import { type Contender } from './bench';
import { measureRounds } from './run-bench';

function contender(name: string, turns: string[], errors: Record<string, number> = {}): Contender {
  let calls = 0;
  return {
    name,
    measure: async () => {
      turns.push(name);
      return { sample: { call: calls++ }, errors };
    },
  };
}

describe('measureRounds', () => {
  it('runs the contenders alternately and leaves the warm-up out of the samples', async () => {
    const turns: string[] = [];
    const { samples, errors } = await measureRounds(
      [contender('echo', turns), contender('ours', turns)],
      3,
      () => undefined,
    );
    expect(turns).toEqual(['echo', 'ours', 'echo', 'ours', 'echo', 'ours', 'echo', 'ours']);
    expect(samples.get('echo')).toEqual([{ call: 1 }, { call: 2 }, { call: 3 }]);
    expect(samples.get('ours')).toEqual([{ call: 1 }, { call: 2 }, { call: 3 }]);
    expect(errors).toEqual({});
  });

  it('counts the errors of every round, the warm-up too, by contender and kind', async () => {
    const { errors } = await measureRounds([contender('ours', [], { LOST: 2 })], 3, () => undefined);
    expect(errors).toEqual({ 'ours: LOST': 8 });
  });
});
