import { grabIdOf, poolIdOf, userIdOf } from './job';

describe('who asks', () => {
  it('is another user for each request, unless there is a crowd', () => {
    const job = { prefix: 'a' };
    expect([0, 1].map((index) => userIdOf(job, index))).toEqual(['a-u0', 'a-u1']);
    expect(poolIdOf(job, 0)).toBeUndefined();
  });

  it('goes through the crowd once a pool, from where the job begins', () => {
    const job = { prefix: 'a', crowd: { userPrefix: 'c', users: 3, pools: ['p', 'q'], from: 2 } };
    const asked = [0, 1, 2, 3].map((index) => [userIdOf(job, index), poolIdOf(job, index), grabIdOf(job, index)]);
    expect(asked).toEqual([
      ['c-u2', 'p', 'a-g0'],
      ['c-u0', 'q', 'a-g1'],
      ['c-u1', 'q', 'a-g2'],
      ['c-u2', 'q', 'a-g3'],
    ]);
  });
});
