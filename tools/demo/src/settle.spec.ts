import { type PoolCount } from '@floodgate/client';
import { stillUnderWay } from './settle';

const pool = (held: number): PoolCount => ({
  poolId: 'p',
  stock: 10,
  free: 10 - held,
  held,
  inTransit: 0,
  withdrawn: 0,
  ready: true,
});

describe('what is still under way', () => {
  const quiet = {
    packets: pool(3),
    saleUnits: pool(2),
    payouts: { SETTLED: 3 },
    orders: { PAID: 2, EXPIRED: 4, CANCELLED: 1 },
    incomes: 2,
  };

  it.each([
    ['nothing', quiet, []],
    ['a payout that is not booked yet', { ...quiet, payouts: { SETTLED: 2 } }, ['payouts settled 2 of 3']],
    ['a payout that failed', { ...quiet, payouts: { SETTLED: 2, FAILED: 1 } }, ['payouts settled 2 of 3']],
    ['an order', { ...quiet, orders: { ...quiet.orders, PENDING: 1 } }, ['orders not final 1 of 0']],
    ['a unit that has not gone back', { ...quiet, saleUnits: pool(3) }, ['units held by paid orders 2 of 3']],
    ['an income', { ...quiet, incomes: 1 }, ['sales in the ledger 1 of 2']],
    ['an answer of inventory', { ...quiet, packets: undefined }, ['inventory does not answer']],
  ])('%s', (_, view, expected) => {
    expect(stillUnderWay(view)).toEqual(expected);
  });
});
