import { fen } from '@floodgate/kernel';
import { type CheckoutClaims, decidePayment, type PayOrderRequest } from './decide-payment';
import { type Order } from './order';
import { type Payment } from './payment';

const order: Order = {
  orderId: 'o1',
  campaignId: 'c1',
  poolId: 'p1',
  unitNo: 0,
  generation: 0,
  grabId: 'g1',
  userId: 'u1',
  priceFen: fen(990),
  state: 'PENDING',
  expiresAtMs: 1_000,
};
const checkout: CheckoutClaims = { userId: 'u1', orderId: 'o1', checkouts: 0 };
const request: PayOrderRequest = { userId: 'u1', orderId: 'o1', paymentId: 'pay1', checkout };
const payment: Payment = { orderId: 'o1', paymentId: 'pay1', state: 'COLLECTING', checkouts: 1, asks: 0 };

interface Row {
  readonly when: string;
  readonly order?: Partial<Order>;
  readonly payment?: Partial<Payment>;
  readonly request?: Partial<PayOrderRequest>;
  readonly nowMs?: number;
  readonly then: string;
}

const other = { paymentId: 'pay2', checkout: { ...checkout, checkouts: 1 } };

const ROWS: Row[] = [
  { when: 'the first payment', then: 'collect' },
  { when: "another user's order", request: { userId: 'u2' }, then: 'no-such-order' },
  { when: 'a token that does not hold', request: { checkout: undefined }, then: 'bad-token' },
  { when: "another user's token", request: { checkout: { ...checkout, userId: 'u2' } }, then: 'bad-token' },
  { when: "another order's token", request: { checkout: { ...checkout, orderId: 'o2' } }, then: 'bad-token' },
  { when: 'the last instant', nowMs: 999, then: 'collect' },
  { when: 'the instant of expiry', nowMs: 1_000, then: 'expired' },
  { when: 'the same payment under way', payment: {}, then: 'pending' },
  { when: 'the same payment under way, after the time', payment: {}, nowMs: 2_000, then: 'pending' },
  { when: 'another payment under way', payment: {}, request: other, then: 'other-payment' },
  { when: 'the same payment made', order: { state: 'PAID' }, payment: { state: 'COLLECTED' }, then: 'paid' },
  {
    when: 'another payment made',
    order: { state: 'PAID' },
    payment: { state: 'COLLECTED' },
    request: other,
    then: 'other-payment',
  },
  {
    when: 'the same payment refused before',
    payment: { state: 'REFUSED' },
    request: { checkout: undefined },
    then: 'collect',
  },
  { when: 'another after a refusal, with a new token', payment: { state: 'REFUSED' }, request: other, then: 'collect' },
  {
    when: 'another after a refusal, with the used token',
    payment: { state: 'REFUSED' },
    request: { paymentId: 'pay2' },
    then: 'bad-token',
  },
  { when: 'a refused one after the time', payment: { state: 'REFUSED' }, nowMs: 2_000, then: 'expired' },
  { when: 'an expired order', order: { state: 'EXPIRED' }, then: 'expired' },
  {
    when: 'an expired order whose money came late',
    order: { state: 'EXPIRED' },
    payment: { state: 'REFUNDING' },
    then: 'expired',
  },
  { when: 'a cancelled order', order: { state: 'CANCELLED' }, then: 'cancelled' },
  {
    when: 'a cancelled order being closed',
    order: { state: 'CANCELLED' },
    payment: { state: 'CLOSING' },
    then: 'cancelled',
  },
];

describe('decidePayment', () => {
  it.each(ROWS)('$when -> $then', (row) => {
    const found = {
      order: { ...order, ...row.order },
      payment: row.payment === undefined ? undefined : { ...payment, ...row.payment },
    };
    expect(decidePayment(found, { ...request, ...row.request }, row.nowMs ?? 0).kind).toBe(row.then);
  });

  it('knows no order that is not there', () => {
    expect(decidePayment(undefined, request, 0).kind).toBe('no-such-order');
  });

  it('consumes the token: the next one must name the number of those consumed', () => {
    const first = decidePayment({ order, payment: undefined }, request, 0);
    expect(first).toMatchObject({ kind: 'collect', isNew: true, payment: { state: 'COLLECTING', checkouts: 1 } });
    const again = decidePayment({ order, payment: { ...payment, state: 'REFUSED' } }, request, 0);
    expect(again).toMatchObject({ kind: 'collect', isNew: false, payment: { state: 'COLLECTING', checkouts: 2 } });
  });
});
