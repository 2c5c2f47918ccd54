import { checkRegister } from './register-audit';

const winners = [0, 1].map((unitNo) => ({ userId: `u${unitNo}`, grabId: `g${unitNo}`, unitNo, shardNo: 0 }));

describe('checkRegister', () => {
  it('passes when every grant is there, in whatever order', () => {
    expect(checkRegister(winners, [...winners].reverse())).toEqual({
      ok: true,
      detail: 'the register has 2 rows for 2 grants, 2 of them right',
    });
  });

  it.each([
    ['a row is missing', winners.slice(1)],
    ['a row is too many', [...winners, { userId: 'u9', grabId: 'g9', unitNo: 9 }]],
    ['a unit is another', [...winners.slice(1), { userId: 'u0', grabId: 'g0', unitNo: 7 }]],
    ['a user is another', [...winners.slice(1), { userId: 'u9', grabId: 'g0', unitNo: 0 }]],
  ])('fails when %s', (_, register) => {
    expect(checkRegister(winners, register).ok).toBe(false);
  });

  it('does not pass for want of grants', () => {
    expect(checkRegister([], []).ok).toBe(false);
  });
});
