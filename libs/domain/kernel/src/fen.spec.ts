import * as fc from 'fast-check';
import { fen, sumFen } from './fen';

describe('fen', () => {
  it('takes whole safe numbers and their digits', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (amount) => {
        expect(fen(amount)).toBe(amount);
        expect(fen(String(amount))).toBe(Number(String(amount)));
      }),
    );
  });

  it.each([1.5, NaN, Infinity, 2 ** 53, '', '1.0', '0x10', ' 1', '1e3', '99999999999999999'])(
    'refuses %p',
    (amount) => {
      expect(() => fen(amount)).toThrow(RangeError);
    },
  );

  it('refuses a sum that would lose a fen', () => {
    expect(() => sumFen([fen(Number.MAX_SAFE_INTEGER), fen(1)])).toThrow(RangeError);
  });
});
