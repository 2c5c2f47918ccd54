import { NO_UNIT } from './load/job';
import { checkWinners, type LoggedGrants } from './told-winners';

const told = [{ askers: { prefix: 'a' }, unitNos: Int32Array.from([4, NO_UNIT, 6]) }];
const logged: LoggedGrants = new Map([
  ['a-g0', { campaignId: 'x', poolId: 'p', userId: 'a-u0', unitNo: 4 }],
  ['a-g2', { campaignId: 'x', poolId: 'p', userId: 'a-u2', unitNo: 6 }],
]);

describe('checkWinners', () => {
  it('finds every winner in the log; a grant nobody heard of is no lie', () => {
    const more = new Map([...logged, ['a-g1', { campaignId: 'x', poolId: 'p', userId: 'a-u1', unitNo: 5 }] as const]);
    expect(checkWinners(told, more)).toEqual({
      ok: true,
      detail: '2 of 2 grabs told "granted" are in the stock log, which holds 3 grants of 3 units',
    });
  });

  it.each<[string, LoggedGrants]>([
    ['a winner whom the log does not know', new Map([...logged].slice(1))],
    ['another unit', new Map([...logged, ['a-g0', { campaignId: 'x', poolId: 'p', userId: 'a-u0', unitNo: 5 }]])],
    ['another user', new Map([...logged, ['a-g0', { campaignId: 'x', poolId: 'p', userId: 'a-u9', unitNo: 4 }]])],
    ['a unit given twice', new Map([...logged, ['a-g1', { campaignId: 'x', poolId: 'p', userId: 'a-u1', unitNo: 6 }]])],
  ])('fails for %s', (_, log) => {
    expect(checkWinners(told, log).ok).toBe(false);
  });

  it('keeps the pools of a crowd apart', () => {
    const crowd = { userPrefix: 'c', users: 1, pools: ['p', 'q'], from: 0 };
    const both = [{ askers: { prefix: 'a', crowd }, unitNos: Int32Array.from([0, 0]) }];
    const grant = { campaignId: 'x', userId: 'c-u0', unitNo: 0 };
    const log = (second: string) =>
      new Map([
        ['a-g0', { ...grant, poolId: 'p' }],
        ['a-g1', { ...grant, poolId: second }],
      ]);
    expect(checkWinners(both, log('q')).ok).toBe(true);
    expect(checkWinners(both, log('p')).ok).toBe(false);
  });

  it('counts a grab that was told twice once, and fails when the second answer is another', () => {
    const again = (unitNos: number[]) => [...told, { askers: { prefix: 'a' }, unitNos: Int32Array.from(unitNos) }];
    expect(checkWinners(again([4, NO_UNIT, 6]), logged)).toEqual({
      ok: true,
      detail: '2 of 2 grabs told "granted" are in the stock log, which holds 2 grants of 2 units',
    });
    expect(checkWinners(again([4, NO_UNIT, 7]), logged).ok).toBe(false);
  });

  it('does not pass for want of winners', () => {
    expect(checkWinners([], logged).ok).toBe(false);
  });

  it('names at most five', () => {
    const many = [{ askers: { prefix: 'b' }, unitNos: Int32Array.from({ length: 20 }, (_, index) => index) }];
    expect(checkWinners(many, logged).detail.match(/was told/g)).toHaveLength(5);
  });
});
