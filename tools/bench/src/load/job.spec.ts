import { grabIdOf, poolIdOf, userIdOf } from './job';

describe('who asks', () => {
  it('is another user for each request, unless there is a crowd', () => {
    const job = { prefix: 'a' };
    expect([0, 1].map((index) => userIdOf(job, index))).toEqual(['a-u0', 'a-u1']);
    expect(poolIdOf(job, 0)).toBeUndefined();
  });

  it('goes through the crowd, each in every pool, from where the job begins', () => {
    const job = { prefix: 'a', crowd: { userPrefix: 'c', users: 3, pools: ['p', 'q'], from: 3 } };
    const asked = [0, 1, 2].map((index) => [userIdOf(job, index), poolIdOf(job, index), grabIdOf(job, index)]);
    expect(asked).toEqual([
      ['c-u1', 'q', 'a-g0'],
      ['c-u2', 'p', 'a-g1'],
      ['c-u2', 'q', 'a-g2'],
    ]);
  });

  it('goes round the crowd in strides', () => {
    const job = { prefix: 'a', crowd: { userPrefix: 'c', users: 5, pools: ['p'], from: 0, stride: 3 } };
    expect([0, 1, 2, 3, 4].map((index) => userIdOf(job, index))).toEqual(['c-u0', 'c-u3', 'c-u1', 'c-u4', 'c-u2']);
  });
});
