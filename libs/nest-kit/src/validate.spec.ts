import { z } from 'zod';
import { validate } from './validate';

const schema = z.strictObject({
  name: z.string().max(3),
  count: z.int().min(1),
  tier: z.union([z.literal(1), z.literal(2)]),
  inner: z.strictObject({ flag: z.boolean() }),
});

describe('what comes from outside', () => {
  const good = { name: 'a', count: 1, tier: 1, inner: { flag: true } };

  it.each<[string, object, string]>([
    ['name', { ...good, name: undefined }, 'name: is missing'],
    ['tier', { ...good, tier: undefined }, 'tier: is missing'],
    ['inner.flag', { ...good, inner: {} }, 'inner.flag: is missing'],
    ['name', { ...good, name: 5 }, 'name: must be a text'],
    ['count', { ...good, count: 1.5 }, 'count: must be a whole number'],
    ['count', { ...good, count: NaN }, 'count: must be a number'],
    ['tier', { ...good, tier: 4 }, 'tier: is none of the values that are allowed'],
    ['inner', { ...good, inner: 'x' }, 'inner: must be an object'],
    ['inner.more', { ...good, inner: { flag: true, more: 1 } }, 'inner.more: Unrecognized key: "more"'],
  ])('is refused by the name of its field: %s of %j', (field, input, message) => {
    expect(() => validate(schema, input)).toThrow(
      expect.objectContaining({ outcome: 'INVALID_REQUEST', field, message }) as Error,
    );
  });

  it('is refused as a body where it is none', () => {
    expect(() => validate(schema, undefined)).toThrow('body: must be an object');
    expect(validate(schema, good)).toEqual(good);
  });
});
