import { EventConsumer, EventPublisher } from '@floodgate/adapters/kafka';
import { execute, selectRows } from '@floodgate/adapters/mysql';
import { orderV1, Settlement, UnitGrantedV1 } from '@floodgate/contracts';
import { cancelOrder, expireOrders } from '@floodgate/domain/order';
import { type Outcome, OutcomeError } from '@floodgate/kernel';
import { createTestTopic, SERVERS, type TestTopic, until } from '@floodgate/testing';
import { AwaitedChannel } from '../src/adapters/awaited-channel';
import { CheckoutTokens } from '../src/adapters/checkout-token';
import { configSchema } from '../src/config';
import { takeGrantedUnits } from '../src/consumers/unit-granted.consumer';
import { OrderController } from '../src/grpc/order.controller';
import { killedAt, OrderBench, PAY_WITHIN_MS } from './order-bench';

const { OrderState } = orderV1;

describe('orders', () => {
  let bench: OrderBench;
  let controller: OrderController;

  beforeAll(async () => {
    bench = await OrderBench.open();
    const config = configSchema.parse(SERVERS.appEnv['order']);
    const tokens = new CheckoutTokens(config.TOKEN_SECRET);
    controller = new OrderController(bench.store, tokens, bench.channel(), bench.clock, config);
  });
  afterAll(() => bench.close());

  async function refusal(call: Promise<unknown>): Promise<Outcome> {
    const error: unknown = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof OutcomeError)) throw new Error(`no refusal but ${String(error)}`);
    return error.outcome;
  }

  async function fetchOrder(order: {
    userId: string;
    campaignId: string;
    poolId: string;
    grabId: string;
  }): Promise<orderV1.Order> {
    const { order: found } = await controller.getOrder(order);
    if (found === undefined) throw new Error('no order in the answer');
    return found;
  }

  /** With another signature for certain: whatever is put into its place unseen may be what stood there. */
  function forged(token: string): string {
    const at = token.lastIndexOf('.') + 1;
    const signature = Buffer.from(token.slice(at), 'base64url');
    signature.writeUInt8(signature.readUInt8(0) ^ 1);
    return token.slice(0, at) + signature.toString('base64url');
  }

  it('shows an order with its checkout token, takes the payment, and shows it paid', async () => {
    const { userId, orderId, ...order } = await bench.newOrder();
    const shown = await fetchOrder({ userId, ...order });
    expect(shown).toMatchObject({ orderId, priceFen: '990', state: OrderState.ORDER_STATE_PENDING });
    expect(shown.expiresAtMs).toBe(String(bench.nowMs + PAY_WITHIN_MS));
    const request = { userId, orderId, paymentId: 'pay1', checkoutToken: shown.checkoutToken };
    const paid = { order: { orderId, state: OrderState.ORDER_STATE_PAID, checkoutToken: '' } };
    expect(await controller.payOrder(request)).toMatchObject(paid);
    bench.nowMs += PAY_WITHIN_MS * 2;
    expect(await controller.payOrder(request)).toMatchObject(paid);
    expect(await fetchOrder({ userId, ...order })).toMatchObject(paid.order);
    expect(await refusal(controller.payOrder({ ...request, paymentId: 'pay2' }))).toBe('CONFLICT');
    expect(await refusal(controller.cancelOrder({ userId, orderId }))).toBe('CONFLICT');
  });

  it('does not keep a person waiting for a channel that hangs: the payment is pending, and found out about later', async () => {
    const order = await bench.newOrder();
    const { userId, orderId, campaignId, poolId, grabId } = order;
    const { checkoutToken } = await fetchOrder({ userId, campaignId, poolId, grabId });
    const outcomes: string[] = [];
    const hop = {
      name: 'order.channel' as const,
      budgetMs: 20,
      took: (_ms: number, outcome: string) => void outcomes.push(outcome),
      saw: () => undefined,
    };
    const hanging = new AwaitedChannel({ collect: () => new Promise(() => undefined) }, hop);
    const config = configSchema.parse(SERVERS.appEnv['order']);
    const hurried = new OrderController(
      bench.store,
      new CheckoutTokens(config.TOKEN_SECRET),
      hanging,
      bench.clock,
      config,
    );
    expect(await refusal(hurried.payOrder({ userId, orderId, paymentId: 'pay1', checkoutToken }))).toBe(
      'PAYMENT_PENDING',
    );
    expect(outcomes).toEqual(['TRY_LATER']);
    await bench.chase(bench.channel());
    expect(await bench.ending(order)).toMatchObject({ order: 'PAID', payment: 'COLLECTED' });
  });

  it('refuses with an outcome', async () => {
    const { userId, orderId, campaignId, poolId, grabId } = await bench.newOrder();
    const { checkoutToken } = await fetchOrder({ userId, campaignId, poolId, grabId });
    const pay = { userId, orderId, paymentId: 'pay1', checkoutToken };
    const grab = { userId, campaignId, poolId, grabId };
    expect(await refusal(controller.getOrder({ ...grab, grabId: 'never-heard-of' }))).toBe('WAIT');
    expect(await refusal(controller.getOrder({ ...grab, userId: 'u2' }))).toBe('INVALID_REQUEST');
    expect(await refusal(controller.getOrder({ ...grab, userId: '' }))).toBe('INVALID_REQUEST');
    expect(await refusal(controller.payOrder({ ...pay, userId: 'u2' }))).toBe('INVALID_REQUEST');
    expect(await refusal(controller.payOrder({ ...pay, checkoutToken: forged(checkoutToken) }))).toBe(
      'INVALID_REQUEST',
    );
    expect(await refusal(controller.payOrder({ ...pay, checkoutToken: '' }))).toBe('INVALID_REQUEST');
    expect(await refusal(controller.cancelOrder({ userId: 'u2', orderId }))).toBe('INVALID_REQUEST');
    bench.nowMs += PAY_WITHIN_MS;
    expect(await refusal(controller.payOrder(pay))).toBe('ORDER_EXPIRED');
    // Who looked a moment too late was shown no token.
    expect(await refusal(controller.payOrder({ ...pay, checkoutToken: '' }))).toBe('ORDER_EXPIRED');
    expect(await refusal(controller.cancelOrder({ userId, orderId }))).toBe('ORDER_EXPIRED');
    expect(await fetchOrder(grab)).toMatchObject({ state: OrderState.ORDER_STATE_PENDING, checkoutToken: '' });
    await bench.expire(0);
    expect(await fetchOrder(grab)).toMatchObject({ state: OrderState.ORDER_STATE_EXPIRED, checkoutToken: '' });
    expect(await refusal(controller.payOrder(pay))).toBe('ORDER_EXPIRED');
  });

  it('cancels an order once, for good, and keeps the channel from collecting for it', async () => {
    const order = await bench.newOrder();
    await expect(bench.pay(order, killedAt('before', bench.channel()))).rejects.toThrow('killed');
    const results = await Promise.all(Array.from({ length: 8 }, () => cancelOrder(bench.store, bench.clock, order)));
    expect(results.every(({ kind }) => kind === 'cancelled')).toBe(true);
    await bench.chase(bench.channel());
    expect(await bench.ending(order)).toMatchObject({
      order: 'CANCELLED',
      payment: 'CLOSED',
      events: ['order.order-cancelled.v1'],
    });
    expect(await bench.pay(order, bench.channel())).toEqual({ kind: 'cancelled' });
  });

  it('ends each order once, with four instances at once, and only those whose time is up', async () => {
    await bench.expire();
    const orders = await Promise.all(Array.from({ length: 30 }, () => bench.newOrder()));
    bench.nowMs += PAY_WITHIN_MS - 1;
    expect(await bench.expire(0)).toBe(0);
    bench.nowMs += 1;
    const young = await bench.newOrder();
    const ended = await Promise.all([1, 2, 3, 4].map(() => expireOrders(bench.store, bench.clock, 10)));
    expect(ended.reduce((sum, count) => sum + count) + (await bench.expire(0))).toBe(30);
    for (const order of orders) {
      expect(await bench.ending(order)).toMatchObject({ order: 'EXPIRED', events: ['order.order-expired.v1'] });
    }
    expect((await bench.ending(young)).order).toBe('PENDING');
  });
});

describe('unit-granted', () => {
  let bench: OrderBench;
  let topic: TestTopic<UnitGrantedV1>;
  let deadLetters: TestTopic<UnitGrantedV1>;
  let publisher: EventPublisher;

  beforeAll(async () => {
    bench = await OrderBench.open();
    topic = await createTestTopic(UnitGrantedV1, 2);
    deadLetters = await createTestTopic(UnitGrantedV1);
    publisher = new EventPublisher(topic.kafka);
    await publisher.connect();
  });
  afterAll(async () => {
    await publisher.disconnect();
    await topic.drop();
    await deadLetters.drop();
    await bench.close();
  });

  const granted = (unitNo: number, more: Partial<UnitGrantedV1> = {}): UnitGrantedV1 => ({
    eventId: `0:${unitNo}:0`,
    occurredAtMs: '1',
    campaignId: 'c1',
    causationId: `g${unitNo}`,
    userId: `u${unitNo}`,
    poolId: 'p1',
    unitNo,
    generation: 0,
    grabId: `g${unitNo}`,
    settlement: Settlement.SETTLEMENT_ORDER,
    amountFen: '990',
    payWithinMs: '60000',
    qualificationId: '',
    ...more,
  });

  async function consume(
    nextOffsetSum: number,
    consumer = 'order.create-orders',
    afterEachBatch: () => void = () => undefined,
  ): Promise<void> {
    const { wants, handle } = takeGrantedUnits({ store: bench.store, clock: bench.clock, payWithinMs: PAY_WITHIN_MS });
    const eventConsumer = new EventConsumer({
      kafka: topic.kafka,
      dataSource: bench.database.dataSource,
      publisher,
      log: bench.log,
      consumer: `${consumer}.${bench.database.name}`,
      topic: topic.topic,
      deadLetterTopic: deadLetters.topic.name,
      wants,
      handle: async (batch, tx) => {
        await handle(batch, tx);
        afterEachBatch();
      },
    });
    await eventConsumer.start();
    await until('all messages are taken', async () => {
      const sql = 'SELECT COALESCE(SUM(next_offset), 0) AS taken FROM consumer_offsets WHERE consumer = ?';
      const [row] = await selectRows<{ taken: string }>(bench.database.dataSource, sql, [
        `${consumer}.${bench.database.name}`,
      ]);
      return Number(row?.taken) === nextOffsetSum;
    });
    await eventConsumer.stop();
  }

  const setAside = () => bench.log.lines.filter(({ message }) => message === 'message set aside as dead letter');

  async function countOf(what: 'orders' | 'outbox'): Promise<number> {
    const [row] = await selectRows<{ n: string }>(bench.database.dataSource, `SELECT COUNT(*) AS n FROM ${what}`);
    return Number(row?.n);
  }

  it('leads to one order, and one event, however often the batch is delivered or dies before its commit', async () => {
    const messages = Array.from({ length: 20 }, (_, unitNo) => granted(unitNo));
    const payout = granted(20, { settlement: Settlement.SETTLEMENT_PAYOUT });
    const events = [...messages, payout].map((message) => ({ key: message.userId, message }));
    await publisher.publish(topic.topic, [...events, ...events]);
    await publisher.publish(topic.topic, events);
    let deaths = 0;
    await consume(63, 'order.create-orders', () => {
      deaths += 1;
      if (deaths <= 3) throw new Error('killed before the commit');
    });
    expect(deaths).toBeGreaterThan(3);
    expect([await countOf('orders'), await countOf('outbox')]).toEqual([20, 20]);

    // The whole topic once more, as after the loss of the offsets.
    await execute(bench.database.dataSource, 'DELETE FROM consumer_offsets');
    await consume(63, 'order.create-orders-again');
    expect([await countOf('orders'), await countOf('outbox')]).toEqual([20, 20]);
    expect(setAside()).toEqual([]);
  });

  it('sells a unit again after its order has ended, and lets two users have the same grabId', async () => {
    const again = granted(0, { eventId: '0:99:0', generation: 1, userId: 'u99', grabId: 'g99' });
    const sameGrabId = granted(50, { grabId: 'g1' });
    await publisher.publish(
      topic.topic,
      [again, sameGrabId].map((message) => ({ key: message.userId, message })),
    );
    await consume(65, 'order.create-orders-again');
    expect(await countOf('orders')).toBe(22);
  });

  it('makes no order of an old grant that is told again, long after its order and after the next grant', async () => {
    const first = granted(70, { eventId: '1:200:0', userId: 'u-again', grabId: 'g-first' });
    const second = granted(70, { eventId: '1:300:0', generation: 1, userId: 'u-again', grabId: 'g-second' });
    await publisher.publish(
      topic.topic,
      [first, second].map((message) => ({ key: message.userId, message })),
    );
    await consume(67, 'order.create-orders-again');
    expect(await countOf('orders')).toBe(24);
    // Orders are not kept for ever.
    await execute(bench.database.dataSource, "DELETE FROM orders WHERE user_id = 'u-again'");
    await publisher.publish(
      topic.topic,
      [first, second].map((message) => ({ key: message.userId, message })),
    );
    await consume(69, 'order.create-orders-again');
    expect(await countOf('orders')).toBe(22);
  });

  it('sets aside what can never become an order, and goes on', async () => {
    const bad = [granted(60, { amountFen: 'many' }), granted(61, { settlement: Settlement.SETTLEMENT_UNSPECIFIED })];
    await publisher.publish(
      topic.topic,
      [...bad, granted(62)].map((message) => ({ key: message.userId, message })),
    );
    await consume(72, 'order.create-orders-again');
    expect(await countOf('orders')).toBe(23);
    expect(setAside()).toHaveLength(2);
  });
});
