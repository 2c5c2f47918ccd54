import { EventConsumer, type EventConsumerOptions, EventPublisher } from '@floodgate/adapters/kafka';
import { createDataSource, execute, selectRows } from '@floodgate/adapters/mysql';
import { CampaignPublishedV1, OrderPaidV1, prizePayoutV1, Settlement, UnitGrantedV1 } from '@floodgate/contracts';
import { bookPayouts, sendPayouts } from '@floodgate/domain/prize-payout';
import { fen, OutcomeError } from '@floodgate/kernel';
import { createTestTopic, SERVERS, type TestTopic, until } from '@floodgate/testing';
import { configSchema } from '../src/config';
import { takePublishedCampaigns } from '../src/consumers/campaign-published.consumer';
import { takePaidOrders } from '../src/consumers/order-paid.consumer';
import { takeGrantedUnits } from '../src/consumers/unit-granted.consumer';
import { PrizePayoutController } from '../src/grpc/prize-payout.controller';
import { granted, paid, published } from './booking-events';
import { PayoutBench, QUEUED } from './payout-bench';

describe('booking', () => {
  let bench: PayoutBench;
  let campaigns: TestTopic<CampaignPublishedV1>;
  let grants: TestTopic<UnitGrantedV1>;
  let orders: TestTopic<OrderPaidV1>;
  let deadLetters: TestTopic<UnitGrantedV1>;
  let publisher: EventPublisher;
  const running: { stop(): Promise<void> }[] = [];

  beforeEach(async () => {
    bench = await PayoutBench.open();
    campaigns = await createTestTopic(CampaignPublishedV1);
    grants = await createTestTopic(UnitGrantedV1, 2);
    orders = await createTestTopic(OrderPaidV1);
    deadLetters = await createTestTopic(UnitGrantedV1);
    publisher = new EventPublisher(grants.kafka);
    await publisher.connect();
  });

  afterEach(async () => {
    for (const consumer of running.splice(0)) await consumer.stop();
    await publisher.disconnect();
    for (const topic of [campaigns, grants, orders, deadLetters]) await topic.drop();
    await bench.close();
  });

  type Taking<T> = Pick<EventConsumerOptions<T>, 'wants' | 'handle'>;
  async function consume<T>({ topic }: TestTopic<T>, taking: Taking<T>): Promise<void> {
    const consumer = new EventConsumer({
      kafka: grants.kafka,
      dataSource: bench.database.dataSource,
      publisher,
      log: bench.log,
      consumer: `${topic.name}.${bench.database.name}`,
      topic,
      deadLetterTopic: deadLetters.topic.name,
      ...taking,
    });
    running.push(consumer);
    await consumer.start();
  }

  async function taken(topicName: string, messages: number): Promise<void> {
    await until(`${messages} messages of ${topicName} are taken`, async () => {
      const sql = 'SELECT COALESCE(SUM(next_offset), 0) AS taken FROM consumer_offsets WHERE topic = ?';
      const [row] = await selectRows<{ taken: string }>(bench.database.dataSource, sql, [topicName]);
      return Number(row?.taken) === messages;
    });
  }

  const keyed = <M extends { userId: string }>(messages: readonly M[]) =>
    messages.map((message) => ({ key: message.userId, message }));
  const logged = (message: string) => bench.log.lines.filter((line) => line.message === message);

  it('funds each pool once and books each grant once, however often both are delivered', async () => {
    const event = { key: 'op', message: published('c1') };
    await publisher.publish(campaigns.topic, [event, event]);
    const events = keyed(Array.from({ length: 20 }, (_, unitNo) => granted('c1', unitNo)));
    const sale = keyed([granted('c1', 30, { poolId: 'goods', settlement: Settlement.SETTLEMENT_ORDER })]);
    await publisher.publish(grants.topic, [...events, ...sale, ...events]);
    await consume(campaigns, { handle: takePublishedCampaigns(bench.store) });
    await taken(campaigns.topic.name, 2);
    await consume(grants, takeGrantedUnits(bench.store, bench.clock));
    await taken(grants.topic.name, 41);
    await publisher.publish(grants.topic, events);
    await publisher.publish(campaigns.topic, [event]);
    await taken(grants.topic.name, 61);
    await taken(campaigns.topic.name, 3);

    expect(await bench.states('c1')).toEqual({ BOOKED: 20 });
    expect([await bench.transfers('FUND'), await bench.transfers('BOOK')]).toEqual([1, 20]);
    expect(await bench.balanceFen('sponsor')).toBe(-2_000);
    expect([await bench.balanceFen('pool:c1:cash'), await bench.guardedFen('pool:c1:cash')]).toEqual([0, 0]);
    expect(await bench.balanceFen('user:u7')).toBe(100);
    expect(logged('message set aside as dead letter')).toEqual([]);
  });

  it('books nothing of a batch that dies before its commit, and all of it once afterwards', async () => {
    await bench.fund(fen(2_000));
    const events = keyed(Array.from({ length: 20 }, (_, unitNo) => granted('c1', unitNo, { poolId: 'p1' })));
    await publisher.publish(grants.topic, events);
    const { wants, handle: book } = takeGrantedUnits(bench.store, bench.clock);
    let deaths = 0;
    await consume(grants, {
      wants,
      handle: async (batch, tx) => {
        await book(batch, tx);
        deaths += 1;
        if (deaths <= 3) throw new Error('killed before the commit');
      },
    });
    await taken(grants.topic.name, 20);
    expect(deaths).toBeGreaterThan(3);
    expect(await bench.states('c1')).toEqual({ BOOKED: 20 });
    expect([await bench.transfers('BOOK'), await bench.guardedFen('pool:c1:p1')]).toEqual([20, 0]);
  });

  it('lets grants wait, in order, for a pool that is not funded yet', async () => {
    await publisher.publish(grants.topic, keyed([granted('c1', 0), granted('c1', 1)]));
    await consume(grants, takeGrantedUnits(bench.store, bench.clock));
    await until('a batch waits', () => logged('batch not taken, trying again').length > 0);
    expect(await bench.states('c1')).toEqual({});
    await publisher.publish(campaigns.topic, [{ key: 'op', message: published('c1') }]);
    await consume(campaigns, { handle: takePublishedCampaigns(bench.store) });
    await taken(grants.topic.name, 2);
    expect(await bench.states('c1')).toEqual({ BOOKED: 2 });
  });

  it('never overdraws a pool: what it cannot pay is kept with a case, and the rest goes on', async () => {
    await publisher.publish(campaigns.topic, [{ key: 'op', message: published('c1') }]);
    await consume(campaigns, { handle: takePublishedCampaigns(bench.store) });
    await taken(campaigns.topic.name, 1);
    const amounts = ['1900', '200', '100', '1'];
    await publisher.publish(
      grants.topic,
      keyed(amounts.map((amountFen, unitNo) => granted('c1', unitNo, { amountFen, userId: 'u1' }))),
    );
    await publisher.publish(grants.topic, keyed([granted('c1', 9, { poolId: 'empty' })]));
    await consume(grants, takeGrantedUnits(bench.store, bench.clock));
    await taken(grants.topic.name, 5);

    expect(await bench.states('c1')).toEqual({ BOOKED: 2, UNBOOKED: 3 });
    expect([await bench.balanceFen('pool:c1:cash'), await bench.guardedFen('pool:c1:cash')]).toEqual([0, 0]);
    expect(await bench.cases('PAYOUT_UNBOOKED')).toHaveLength(3);
    expect(await bench.events('prize-payout.case-opened.v1')).toBe(3);
    await sendPayouts(bench.ports(bench.channel()), QUEUED);
    expect(await bench.states('c1')).toEqual({ SETTLED: 2, UNBOOKED: 3 });
    expect(await bench.balanceFen('channel')).toBe(2_000);
  });

  it('keeps a pool whole under sixteen writers at once', async () => {
    const campaignId = await bench.fund(fen(1_000));
    const batches = Array.from({ length: 16 }, () => [bench.grant(campaignId), bench.grant(campaignId)]);
    await Promise.all(
      batches.map((batch) => bench.store.inTransaction((book) => bookPayouts(book, batch, bench.nowMs))),
    );
    expect(await bench.states(campaignId)).toEqual({ BOOKED: 10, UNBOOKED: 22 });
    expect([await bench.balanceFen(`pool:${campaignId}:p1`), await bench.guardedFen(`pool:${campaignId}:p1`)]).toEqual([
      0, 0,
    ]);
  });

  it('books the income of each paid order once', async () => {
    const events = keyed([paid('o1'), paid('o2'), paid('free', '0')]);
    await publisher.publish(orders.topic, [...events, ...events]);
    await consume(orders, { handle: takePaidOrders(bench.store) });
    await taken(orders.topic.name, 6);
    await publisher.publish(orders.topic, events);
    await taken(orders.topic.name, 9);
    expect(logged('message set aside as dead letter')).toEqual([]);
    expect(await bench.transfers('INCOME')).toBe(2);
    expect([await bench.balanceFen('channel'), await bench.balanceFen('merchant:sale')]).toEqual([-1_980, 1_980]);
  });

  it('sets aside what can never be booked, and goes on', async () => {
    await bench.fund(fen(100));
    const bad = [
      granted('c1', 0, { amountFen: '0' }),
      granted('c1', 1, { settlement: Settlement.SETTLEMENT_UNSPECIFIED }),
    ];
    await publisher.publish(
      grants.topic,
      keyed([...bad, granted('c1', 2, { poolId: 'p1' })].map((one) => ({ ...one, userId: 'u1' }))),
    );
    await consume(grants, takeGrantedUnits(bench.store, bench.clock));
    await taken(grants.topic.name, 3);
    expect(await bench.states('c1')).toEqual({ BOOKED: 1 });
    expect(logged('message set aside as dead letter')).toHaveLength(2);
  });

  it('refuses, in the database, a second transfer of one id, one of nothing, and an overdrawn pool', async () => {
    const transfer = (id: string, amount: number) =>
      execute(
        bench.ledger.dataSource,
        `INSERT INTO transfers VALUES (?, 'sponsor', 'channel', ?, 'FUND', 'c1', 'e1', 1)`,
        [id, amount],
      );
    await transfer('t1', 1);
    await expect(transfer('t1', 1)).rejects.toThrow('Duplicate');
    await expect(transfer('t2', 0)).rejects.toThrow('something_moves');
    const campaignId = await bench.fund(fen(1));
    const overdraw = 'UPDATE account_balances SET balance_fen = -1 WHERE account = ?';
    await expect(execute(bench.database.dataSource, overdraw, [`pool:${campaignId}:p1`])).rejects.toThrow(
      'never_overdrawn',
    );
  });

  it('may append to the ledger and read it, and nothing else', async () => {
    const { MYSQL_URL } = configSchema.parse(SERVERS.appEnv['prize-payout']);
    const service = createDataSource({ url: MYSQL_URL, poolSize: 1 });
    await service.initialize();
    try {
      for (const statement of [
        'UPDATE fg_ledger.transfers SET amount_fen = 1',
        'DELETE FROM fg_ledger.transfers',
        'DROP TABLE fg_ledger.transfers',
      ]) {
        await expect(execute(service, statement)).rejects.toThrow('denied');
      }
    } finally {
      await service.destroy();
    }
  });
});

describe('GetPayout', () => {
  let bench: PayoutBench;
  let controller: PrizePayoutController;
  beforeAll(async () => {
    bench = await PayoutBench.open();
    controller = new PrizePayoutController(bench.store, configSchema.parse(SERVERS.appEnv['prize-payout']));
  });
  afterAll(() => bench.close());

  const outcomeOf = (call: Promise<unknown>) =>
    call.then(
      () => 'OK',
      (error: unknown) => (error instanceof OutcomeError ? error.outcome : error),
    );

  it('shows a payout from the ledger to its arrival, and nobody else', async () => {
    const [grant] = await bench.booked(1);
    if (grant === undefined) throw new Error('nothing was booked');
    const { userId, campaignId, poolId, grabId, payoutId } = grant;
    const request = { userId, campaignId, poolId, grabId };
    const { PayoutState } = prizePayoutV1;
    const booked = {
      payoutId,
      campaignId,
      poolId,
      grabId,
      amountFen: '100',
      state: PayoutState.PAYOUT_STATE_BOOKED,
      attempts: 0,
    };
    expect(await controller.getPayout(request)).toEqual({ payout: booked });
    await sendPayouts(bench.ports(bench.channel()), QUEUED);
    const settled = { ...booked, state: PayoutState.PAYOUT_STATE_SETTLED, attempts: 1 };
    expect(await controller.getPayout(request)).toEqual({ payout: settled });
    expect(await outcomeOf(controller.getPayout({ ...request, userId: 'u2x' }))).toBe('INVALID_REQUEST');
    expect(await outcomeOf(controller.getPayout({ ...request, grabId: 'never-heard-of' }))).toBe('WAIT');
    expect(await outcomeOf(controller.getPayout({ ...request, grabId: '' }))).toBe('INVALID_REQUEST');
  });

  it('says of a packet its pool cannot pay that it is on its way: a person is looking at it', async () => {
    const campaignId = await bench.fund(fen(99));
    const grant = bench.grant(campaignId);
    await bench.store.inTransaction((book) => bookPayouts(book, [grant], bench.nowMs));
    expect(await outcomeOf(controller.getPayout(grant))).toBe('PAYMENT_REISSUING');
  });
});
