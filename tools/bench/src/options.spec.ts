import { parseOptions } from './options';

const parse = (...args: string[]) => parseOptions(args, ['grab', 'scale']);

describe('parseOptions', () => {
  it('has defaults for all but the name', () => {
    expect(parse('grab')).toEqual({
      bench: 'grab',
      report: undefined,
      rounds: 3,
      seconds: 3,
      connections: 128,
      size: 1,
      inventories: 2,
      strategy: 'SHARDED_COUNTERS',
      cpuProfileDirectory: undefined,
    });
  });

  it('takes what is given', () => {
    const given = ['--report', 'out.json', '--rounds', '5', '--connections', '512', '--inventories', '1'];
    expect(parse('scale', ...given, '--strategy', 'MEMORY', '--profile-cpu', 'profiles')).toMatchObject({
      bench: 'scale',
      report: 'out.json',
      rounds: 5,
      connections: 512,
      inventories: 1,
      strategy: 'MEMORY',
      cpuProfileDirectory: 'profiles',
    });
  });

  it.each([
    [[], 'Usage'],
    [['other'], 'grab|scale'],
    [['grab', 'scale'], 'Usage'],
    [['grab', '--rounds', '2'], '--rounds must be a whole number from 3'],
    [['grab', '--seconds', '1.5'], '--seconds must be'],
    [['grab', '--connections', 'many'], '--connections must be'],
    [['grab', '--size', '0'], '--size must be'],
    [['grab', '--size', '2'], '--size must be'],
    [['grab', '--inventories', '3'], '--inventories must be'],
    [['grab', '--strategy', 'guess'], '--strategy must be one of SHARDED_COUNTERS'],
    [['grab', '--fast'], 'Usage'],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });
});
