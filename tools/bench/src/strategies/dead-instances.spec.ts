import { NO_UNIT } from '../load/job';
import { deadPoolId, soldByPool } from './dead-instances';

describe('what is sold while instances die', () => {
  it('is counted by pool', () => {
    const pools = [deadPoolId('LOCAL_QUOTA', 1), deadPoolId('MEMORY', 1)];
    const askers = { prefix: 'a', crowd: { userPrefix: 'a', users: 3, pools, from: 0 } };
    const unitNos = Int32Array.from([0, NO_UNIT, 1, 0, NO_UNIT, NO_UNIT]);
    expect(soldByPool(askers, { unitNos })).toEqual(
      new Map([
        ['local-quota-1', 2],
        ['memory-1', 1],
      ]),
    );
  });
});
