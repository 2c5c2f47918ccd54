import { beyondIdle } from './database-statements';

describe('statements beyond those of idle apps', () => {
  it('takes off what was sent anyhow in the time between', () => {
    const before = { statements: 100, atMs: 5_000 };
    expect(beyondIdle(before, { statements: 160, atMs: 15_000 }, 2 / 1_000)).toBe(40);
    expect(beyondIdle(before, { statements: 160, atMs: 15_000 }, 0)).toBe(60);
  });
});
