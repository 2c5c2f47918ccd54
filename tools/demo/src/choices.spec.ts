import { isId } from '@floodgate/kernel';
import { personOf } from './choices';

describe('the people of a run', () => {
  const crowd = (seed: string) => Array.from({ length: 2_000 }, (_, number) => personOf(seed, 'run', number));
  const choicesOf = ({ random, ...choices }: ReturnType<typeof personOf>) => ({
    ...choices,
    jitter: [random(), random()],
  });

  it('are the same for the same seed, and others for another', () => {
    expect(crowd('1').map(choicesOf)).toEqual(crowd('1').map(choicesOf));
    expect(crowd('1').map(choicesOf)).not.toEqual(crowd('2').map(choicesOf));
  });

  it('choose in the shares that the demo wants to show', () => {
    const people = crowd('1');
    const share = (is: (person: (typeof people)[number]) => boolean) => people.filter(is).length / people.length;
    expect(share(({ payment }) => payment === 'pay')).toBeCloseTo(0.7, 1);
    expect(share(({ payment }) => payment === 'forget')).toBeCloseTo(0.2, 1);
    expect(share(({ payment }) => payment === 'cancel')).toBeCloseTo(0.1, 1);
    expect(share(({ lazy }) => lazy)).toBeCloseTo(0.1, 1);
    expect(share(({ arrival }) => arrival < 0.5)).toBeCloseTo(0.5, 1);
  });

  it('have ids of their own that the API takes', () => {
    const ids = crowd('1').map(({ userId }) => userId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every(isId)).toBe(true);
  });
});
