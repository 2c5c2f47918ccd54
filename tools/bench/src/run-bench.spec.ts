import { type Contender } from './bench';
import { measureRounds } from './run-bench';

function contender(name: string, turns: string[], errors: Record<string, number> = {}): Contender {
  return {
    name,
    measure: async (round) => {
      turns.push(name);
      return { sample: { round }, errors };
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
    expect(samples.get('echo')).toEqual([{ round: 1 }, { round: 2 }, { round: 3 }]);
    expect(samples.get('ours')).toEqual([{ round: 1 }, { round: 2 }, { round: 3 }]);
    expect(errors).toEqual({});
  });

  it('counts the errors of every round, the warm-up too, by contender and kind', async () => {
    const { errors } = await measureRounds([contender('ours', [], { LOST: 2 })], 3, () => undefined);
    expect(errors).toEqual({ 'ours: LOST': 8 });
  });

  it('counts a figure that is no number as an error', async () => {
    const idle: Contender = { name: 'ours', measure: async () => ({ sample: { perSecond: NaN }, errors: {} }) };
    const { errors } = await measureRounds([idle], 3, () => undefined);
    expect(errors).toEqual({ 'ours: perSecond is no number': 4 });
  });
});
