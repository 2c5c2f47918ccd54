declare const fenBrand: unique symbol;

/** Money: a whole number of fen (1/100 yuan), safe to add up to 9 * 10^15. */
export type Fen = number & { readonly [fenBrand]: true };

/** Takes a whole, safe number, or its decimal digits as proto3 JSON carries an int64. Throws RangeError for anything else. */
export function fen(amount: number | string): Fen {
  if (typeof amount === 'string' && !/^-?\d{1,16}$/.test(amount)) {
    throw new RangeError(`not an amount in fen: ${JSON.stringify(amount)}`);
  }
  const value = Number(amount);
  if (!Number.isSafeInteger(value)) throw new RangeError(`not an amount in fen: ${amount}`);
  return value as Fen;
}

/** Throws RangeError when the sum leaves the safe range, rather than lose a fen. */
export function sumFen(amounts: Iterable<Fen>): Fen {
  let sum = 0;
  for (const amount of amounts) sum = fen(sum + amount);
  return fen(sum);
}
