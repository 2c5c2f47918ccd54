import * as fc from 'fast-check';
import { parseTla, type TlaValue, toTla } from './tla';

const values = fc.letrec<{ value: TlaValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.boolean(),
    fc.stringMatching(/^[\w .-]*$/),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('kind', 'userId', 'grants'), tie('value'), { minKeys: 1, noNullPrototype: true }),
  ),
})).value;

describe('TLA+ values', () => {
  it('are read as they were written', () => {
    fc.assert(fc.property(values, (value) => expect(parseTla(toTla(value))).toEqual(value)));
  });

  it('are read as TLC prints them, over several lines and with intervals', () => {
    expect(parseTla('[ a |-> { 1,\n    2 },\n  b |-> 0..2,\n  c |-> <<"x", TRUE>> ]')).toEqual({
      a: [1, 2],
      b: [0, 1, 2],
      c: ['x', true],
    });
  });

  it('keep different strings different, in ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        expect(toTla(one)).toMatch(/^"[ -~]*"$/);
        expect(toTla(one).slice(1, -1)).not.toMatch(/["\\|]/);
        expect(toTla(one) === toTla(other)).toBe(one === other);
      }),
    );
    expect(toTla('%0022')).not.toBe(toTla('"'));
  });

  it.each(['', '<<1', '[a 1]', '{1} 2', '(0 :> 1)', '1..'])('refuse %p', (text) => {
    expect(() => parseTla(text)).toThrow(RangeError);
  });
});
