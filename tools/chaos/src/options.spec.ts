import { parseOptions } from './options';

describe('parseOptions', () => {
  it('reads what a failing seed prints', () => {
    expect(parseOptions(['--seed', '7', '--schedules', '2', '--kinds', 'redis,kill'])).toMatchObject({
      profile: 'chaos',
      seed: 7,
      schedules: 2,
      kinds: ['redis', 'kill'],
    });
  });

  it.each([
    [['--seed', 'x'], '--seed must be a whole number'],
    [['--kinds', 'flood'], '--kinds: "flood" is none of'],
    [['--profile', 'test'], '--profile: "test" is none of'],
    [['--color'], 'Usage: npm run test:chaos'],
  ])('says what is wrong with %s', (args, sentence) => {
    expect(() => parseOptions(args)).toThrow(sentence);
  });
});
