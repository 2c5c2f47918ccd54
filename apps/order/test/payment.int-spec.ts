import { chasePayments, type Order, type PaymentChannel, recordAnswer } from '@floodgate/domain/order';
import { killedAt, OrderBench, PRICE_FEN } from './order-bench';

const PAID = {
  order: 'PAID',
  payment: 'COLLECTED',
  entries: [`COLLECT DONE ${PRICE_FEN}`],
  events: ['order.order-paid.v1'],
};
const REFUNDED = {
  order: 'EXPIRED',
  payment: 'REFUNDED',
  entries: [`COLLECT DONE ${PRICE_FEN}`, `REFUND DONE ${PRICE_FEN}`],
  events: ['order.order-expired.v1'],
};

describe('payments', () => {
  let bench: OrderBench;
  beforeAll(async () => {
    bench = await OrderBench.open();
  });
  afterAll(() => bench.close());

  it('collects once, and gives the same payment the same answer', async () => {
    const order = await bench.newOrder();
    const channel = bench.channel();
    expect(await bench.pay(order, channel)).toMatchObject({ kind: 'paid', order: { state: 'PAID' } });
    expect(await bench.pay(order, channel)).toMatchObject({ kind: 'paid', order: { state: 'PAID' } });
    expect(await bench.pay(order, channel, 'pay2', 1)).toEqual({ kind: 'other-payment' });
    expect(await bench.ending(order)).toEqual(PAID);
  });

  it('makes one payment of sixteen at once, under one id or under many', async () => {
    const channel = bench.channel();
    for (const idOf of [() => 'pay1', (index: number) => `pay${index}`]) {
      const order = await bench.newOrder();
      const results = await Promise.all(
        Array.from({ length: 16 }, (_, index) => bench.pay(order, channel, idOf(index))),
      );
      // With one id the others may find it paid already; with many, exactly one is the payment.
      expect(results.filter(({ kind }) => kind === 'paid').length).toBeGreaterThanOrEqual(1);
      expect(results.every(({ kind }) => ['paid', 'pending', 'other-payment'].includes(kind))).toBe(true);
      expect(await bench.ending(order)).toEqual(PAID);
    }
  });

  it('lets exactly one win when sixteen pay and expire one order at once, and sends late money back', async () => {
    const channel = bench.channel({ latencyMs: 2 });
    const orders: Order[] = [];
    for (let round = 0; round < 12; round++) {
      const order = await bench.newOrder();
      orders.push(order);
      const payers = Array.from({ length: 8 }, (_, index) => () => bench.pay(order, channel, `pay${index % 2}`));
      const expirers = Array.from({ length: 8 }, () => () => bench.expire());
      const all = round % 2 === 0 ? [...payers, ...expirers] : [...expirers, ...payers];
      await Promise.all(all.map((start) => start()));
    }
    await bench.chase(channel);
    for (const order of orders) {
      const { payment, ...ending } = await bench.ending(order);
      if (ending.order === 'PAID') expect({ payment, ...ending }).toEqual(PAID);
      else expect([ending.order, ending.events]).toEqual(['EXPIRED', ['order.order-expired.v1']]);
      if (ending.order === 'EXPIRED' && ending.entries[0]?.includes('DONE'))
        expect({ payment, ...ending }).toEqual(REFUNDED);
      else if (ending.order === 'EXPIRED') expect(payment === null || payment === 'CLOSED').toBe(true);
    }
    expect(await bench.openPayments()).toBe(0);
  });

  it('sends money back that comes in after the order has expired', async () => {
    const order = await bench.newOrder();
    const channel = bench.channel();
    const slow: PaymentChannel = Object.assign(bench.channel(), {
      collect: async (...args: Parameters<PaymentChannel['collect']>) => {
        await bench.expire();
        return channel.collect(...args);
      },
    });
    expect(await bench.pay(order, slow)).toEqual({ kind: 'expired' });
    await bench.chase(channel);
    expect(await bench.ending(order)).toEqual(REFUNDED);
  });

  it('pays once when the channel takes the money and its answer is lost', async () => {
    const order = await bench.newOrder();
    const channel = bench.channel({ answerLostShare: 1 });
    expect(await bench.pay(order, channel)).toEqual({ kind: 'pending' });
    expect(await bench.pay(order, channel)).toEqual({ kind: 'pending' });
    await bench.chase(channel);
    expect(await bench.ending(order)).toEqual(PAID);
  });

  it('takes "not found" for no failure: a lost request is sent again under the same number', async () => {
    const order = await bench.newOrder();
    const channel = bench.channel({ requestLostShare: 1 });
    expect(await bench.pay(order, channel)).toEqual({ kind: 'pending' });
    await bench.chase(channel);
    expect(await bench.ending(order)).toEqual(PAID);
  });

  it.each(['before', 'after'] as const)(
    'finds the payment again when killed %s the channel answers',
    async (moment) => {
      const order = await bench.newOrder();
      await expect(bench.pay(order, killedAt(moment, bench.channel()))).rejects.toThrow('killed');
      await bench.chase(bench.channel());
      expect(await bench.ending(order)).toEqual(PAID);
    },
  );

  it('gives the money back when the order expires before the payment is found again', async () => {
    const order = await bench.newOrder();
    await expect(bench.pay(order, killedAt('after', bench.channel()))).rejects.toThrow('killed');
    expect(await bench.expire()).toBe(1);
    await bench.chase(bench.channel());
    expect(await bench.ending(order)).toEqual(REFUNDED);
  });

  it('keeps the channel from collecting for an order that has ended, also from a process that wakes up later', async () => {
    const order = await bench.newOrder();
    const channel = bench.channel();
    await expect(bench.pay(order, killedAt('before', channel))).rejects.toThrow('killed');
    expect(await bench.expire()).toBe(1);
    await bench.chase(channel);
    expect(await channel.collect(order.orderId, order.userId, order.priceFen)).toBe('failure');
    await recordAnswer(bench.store, bench.clock, { orderId: order.orderId, checkouts: 1, event: 'refused' });
    expect(await bench.ending(order)).toEqual({
      order: 'EXPIRED',
      payment: 'CLOSED',
      entries: [`COLLECT CLOSED ${PRICE_FEN}`],
      events: ['order.order-expired.v1'],
    });
  });

  it('takes nothing when the channel refuses, and the same payment may be tried again', async () => {
    const order = await bench.newOrder();
    expect(await bench.pay(order, bench.channel({ failureShare: 1 }))).toEqual({ kind: 'refused' });
    expect(await bench.pay(order, bench.channel(), 'pay2', 0)).toEqual({ kind: 'bad-token' });
    expect(await bench.pay(order, bench.channel())).toMatchObject({ kind: 'paid' });
    expect(await bench.ending(order)).toEqual(PAID);
  });

  it('does not let the refusal of an earlier attempt end a later one', async () => {
    const order = await bench.newOrder();
    expect(await bench.pay(order, bench.channel({ failureShare: 1 }))).toEqual({ kind: 'refused' });
    await expect(bench.pay(order, killedAt('after', bench.channel()))).rejects.toThrow('killed');
    const late = await recordAnswer(bench.store, bench.clock, {
      orderId: order.orderId,
      checkouts: 1,
      event: 'refused',
    });
    expect(late.payment.state).toBe('COLLECTING');
    await bench.chase(bench.channel());
    expect(await bench.ending(order)).toEqual(PAID);
  });

  it('asks about each payment once a turn, with two instances at once, and says when one is stuck', async () => {
    const orders = await Promise.all(Array.from({ length: 10 }, () => bench.newOrder()));
    for (const order of orders) await bench.pay(order, bench.channel({ answerLostShare: 1 }));
    const asked: string[] = [];
    const stuck: string[] = [];
    const silent: PaymentChannel = Object.assign(bench.channel(), {
      query: (number: string) => {
        asked.push(number);
        return Promise.resolve('unknown' as const);
      },
    });
    bench.nowMs += 20_000;
    const ports = { store: bench.store, clock: bench.clock, channel: silent, leaseMs: 10_000, max: 50, asksMax: 1 };
    const onStuck = ({ order }: { order: Order }) => void stuck.push(order.orderId);
    await Promise.all([chasePayments({ ...ports, onStuck }), chasePayments({ ...ports, onStuck })]);
    const expected = orders.map(({ orderId }) => orderId).sort();
    expect([asked.sort(), stuck.sort()]).toEqual([expected, expected]);
    await bench.chase(bench.channel());
    for (const order of orders) expect(await bench.ending(order)).toEqual(PAID);
  });
});
