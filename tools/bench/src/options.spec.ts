import { parseOptions } from './options';

const parse = (...args: string[]) => parseOptions(args, ['grab', 'scale']);

describe('parseOptions', () => {
  it('has defaults for all but the name', () => {
    expect(parse('grab')).toEqual({ bench: 'grab', report: undefined, rounds: 3, seconds: 4, connections: 128 });
  });

  it('takes what is given', () => {
    expect(parse('scale', '--report', 'out.json', '--rounds', '5', '--connections', '512')).toMatchObject({
      bench: 'scale',
      report: 'out.json',
      rounds: 5,
      connections: 512,
    });
  });

  it.each([
    [[], 'Usage'],
    [['other'], 'grab|scale'],
    [['grab', 'scale'], 'Usage'],
    [['grab', '--rounds', '2'], '--rounds must be a whole number from 3'],
    [['grab', '--seconds', '1.5'], '--seconds must be'],
    [['grab', '--connections', 'many'], '--connections must be'],
    [['grab', '--fast'], 'Usage'],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });
});
