import { DRILLS } from './drills';
import { parseCommand } from './options';

describe('npm run drill', () => {
  it('takes a drill by its name or by a knob', () => {
    expect(parseCommand(['knob', 'room', '--report', 'a.json'], DRILLS)).toMatchObject({
      kind: 'run',
      drills: [{ name: 'room' }],
      rounds: 2,
      report: 'a.json',
    });
    expect(parseCommand(['knob', 'tier1.room.open', '--rounds', '3'], DRILLS)).toMatchObject({
      drills: [{ name: 'room' }],
      rounds: 3,
    });
    expect(parseCommand(['knob', 'challenge', 'room', 'tier1.challenge'], DRILLS)).toMatchObject({
      drills: [{ name: 'challenge' }, { name: 'room' }],
    });
    expect(parseCommand(['all'], DRILLS)).toMatchObject({ kind: 'run', drills: DRILLS });
    expect(parseCommand(['list'], DRILLS)).toEqual({ kind: 'list' });
    expect(parseCommand(['document', 'a', 'b'], DRILLS)).toEqual({ kind: 'document', reports: ['a', 'b'] });
  });

  it('names the drills there are when there is none of a name, in one sentence', () => {
    const parse = () => parseCommand(['knob', 'brake'], DRILLS);
    expect(parse).toThrow(/^There is no drill "brake"; there are tier-1-before, .*consumer-.*\.$/);
  });

  it.each([[], ['knob'], ['document'], ['room'], ['all', 'room'], ['list', '--speed']])(
    'says how it is used when told %j',
    (...args: string[]) => {
      expect(() => parseCommand(args, DRILLS)).toThrow('Usage: npm run drill');
    },
  );

  it('refuses rounds that are no number of rounds', () => {
    expect(() => parseCommand(['all', '--rounds', '0'], DRILLS)).toThrow('--rounds must be');
  });
});
