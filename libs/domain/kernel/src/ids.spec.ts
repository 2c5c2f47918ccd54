import { isId } from './ids';

describe('isId', () => {
  it.each(['a', 'user-1', '0193a5c0-1f00-7000-8000-000000000001', 'A_b-C', 'x'.repeat(64)])('takes %p', (id) => {
    expect(isId(id)).toBe(true);
  });

  it.each(['', '-a', '_a', 'a b', 'a/b', 'a:b', 'a\n', 'ü', '../x', 'x'.repeat(65)])('refuses %p', (id) => {
    expect(isId(id)).toBe(false);
  });
});
