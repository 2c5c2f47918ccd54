import { SERVERS, until } from '@floodgate/testing';
import { type InjectOptions } from 'fastify';
import { activityV1, cardCollectionV1, orderV1 } from '@floodgate/contracts';
import { cardSplit, timedSale } from './sample-campaigns';
import { Refused, StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

describe('the HTTP API', () => {
  const services = new StubServices();
  let gateway: TestGateway;

  beforeAll(async () => {
    services.campaigns = [cardSplit('split', { openForMs: -3_600_000 }), timedSale('sale', { openForMs: 10_000 })];
    services.pools = [{ poolId: 'packets', stock: 10, free: 6, held: 4, inTransit: 0, withdrawn: 0, ready: true }];
    await services.start();
    gateway = await startGateway(services, SERVERS.redisUrl);
    await until('campaigns are known', async () => (await call({ url: '/campaigns/sale/venue' })).status === 200);
  });
  afterAll(async () => {
    await gateway.close();
    services.kill();
  });

  const call = async (request: InjectOptions) => {
    const answer = await gateway.app.inject(request);
    return { status: answer.statusCode, headers: answer.headers, body: answer.json<Record<string, unknown>>() };
  };

  describe('bad input', () => {
    const operator = bearer('op', 'operator');
    const ann = bearer('ann', 'participant');
    const requests: [string, InjectOptions, string][] = [
      ['no campaign', { method: 'POST', url: '/admin/campaigns', headers: operator }, 'campaignId'],
      [
        'a wrong type',
        { method: 'POST', url: '/admin/campaigns', headers: operator, payload: { campaignId: 7 } },
        'campaignId',
      ],
      ['a list', { method: 'POST', url: '/admin/campaigns', headers: operator, payload: [1] }, 'body'],
      [
        'an unknown field',
        { method: 'POST', url: '/admin/campaigns/split/publish', headers: operator, payload: { now: 1 } },
        'now',
      ],
      ['an id that is none', { url: '/admin/campaigns/a.b', headers: operator }, 'campaignId'],
      [
        'a task id that is none',
        { method: 'POST', url: '/campaigns/split/tasks/%00/completions', headers: ann },
        'taskId',
      ],
      ['no drawId', { method: 'POST', url: '/campaigns/split/draws', headers: ann, payload: {} }, 'drawId'],
      [
        'a long drawId',
        { method: 'POST', url: '/campaigns/split/draws', headers: ann, payload: { drawId: 'd'.repeat(65) } },
        'drawId',
      ],
      [
        'an extra field',
        { method: 'POST', url: '/campaigns/split/draws', headers: ann, payload: { drawId: 'd', odds: 1 } },
        'odds',
      ],
      [
        'a body for redemptions',
        { method: 'POST', url: '/campaigns/split/redemptions', headers: ann, payload: { set: 1 } },
        'set',
      ],
      [
        'no payment',
        { method: 'POST', url: '/orders/o1/payments', headers: ann, payload: { checkoutToken: 't' } },
        'paymentId',
      ],
      ['no campaign for the policy', { url: '/policy' }, 'campaignId'],
      ['an unknown role', { method: 'POST', url: '/dev/tokens', payload: { userId: 'u', roles: ['root'] } }, 'roles.0'],
      ['a payout of no grab', { url: '/campaigns/c/pools/p/grabs/-/payout', headers: ann }, 'grabId'],
    ];

    it.each(requests)('refuses %s and names the field', async (_, request, field) => {
      const { status, body, headers } = await call(request);
      expect([status, body['outcome'], body['field']]).toEqual([400, 'INVALID_REQUEST', field]);
      expect(headers['content-type']).toContain('application/problem+json');
      expect(headers['fg-policy-version']).toBeDefined();
    });

    it.each<[string, InjectOptions]>([
      ['broken JSON', { payload: '{', headers: { ...ann, 'content-type': 'application/json' } }],
      ['a huge body', { payload: { drawId: 'd'.repeat(100_000) }, headers: ann }],
      ['another content type', { payload: 'a', headers: { ...ann, 'content-type': 'text/csv' } }],
    ])('refuses %s without a stack trace', async (_, request) => {
      const { status, body } = await call({ method: 'POST', url: '/campaigns/split/draws', ...request });
      expect([status, body['outcome']]).toEqual([400, 'INVALID_REQUEST']);
      expect(JSON.stringify(body)).not.toMatch(/ {4}at |node_modules/);
    });

    it.each(['/nothing', '/%ff', '/campaigns', '/admin/%2e%2e/x', `/${'x'.repeat(5_000)}`])(
      'refuses the path %s',
      async (url) => {
        const { status, body } = await call({ url });
        expect([status, body['outcome']]).toEqual([400, 'INVALID_REQUEST']);
      },
    );
  });

  describe('identity', () => {
    const mine: InjectOptions[] = [
      { url: '/campaigns/split/entry' },
      { url: '/campaigns/split/cards' },
      { url: '/campaigns/split/qualification' },
      { method: 'POST', url: '/campaigns/split/tasks/t/completions' },
      { method: 'POST', url: '/campaigns/split/draws', payload: { drawId: 'd' } },
      { method: 'POST', url: '/campaigns/split/redemptions' },
      { url: '/campaigns/split/pools/packets/grabs/g/payout' },
      { url: '/campaigns/split/pools/packets/grabs/g/order' },
      { method: 'POST', url: '/orders/o1/payments', payload: { paymentId: 'p', checkoutToken: 't' } },
      { method: 'POST', url: '/orders/o1/cancellation' },
      { url: '/admin/campaigns/split' },
    ];

    it.each(mine)('$method $url needs a sign-in', async (request) => {
      for (const authorization of [undefined, 'Bearer x.y.z', 'Basic eA==']) {
        const { status, body } = await call({
          ...request,
          headers: authorization === undefined ? {} : { authorization },
        });
        expect([status, body['outcome']]).toEqual([401, 'SIGNED_OUT']);
      }
    });

    it('lets only operators administer', async () => {
      const { status, body } = await call({ url: '/admin/campaigns/split', headers: bearer('ann', 'participant') });
      expect([status, body['outcome']]).toEqual([403, 'FORBIDDEN']);
    });

    it('signs anyone in during development', async () => {
      const { body } = await call({
        method: 'POST',
        url: '/dev/tokens',
        payload: { userId: 'eve', roles: ['operator'] },
      });
      const headers = { authorization: `Bearer ${String(body['token'])}` };
      expect((await call({ url: '/admin/campaigns/split', headers })).status).toBe(200);
    });
  });

  it('shows the venue to anyone, without seeds, and says nothing of a stock that it does not know', async () => {
    const { body: shown } = await call({ url: '/campaigns/split/venue' });
    expect(shown).toMatchObject({ outcome: 'OK', campaignId: 'split', kind: 'CARD_SPLIT', remaining: {} });
    expect(JSON.stringify(shown)).not.toContain('seed');
    expect((await call({ url: '/campaigns/nothing/venue' })).body['outcome']).toBe('NO_SUCH_CAMPAIGN');
  });

  it('shows the operator the counts and whether a campaign is ready', async () => {
    const headers = bearer('op', 'operator');
    const { body } = await call({ url: '/admin/campaigns/split', headers });
    expect(body).toMatchObject({ outcome: 'OK', ready: true, pools: [{ poolId: 'packets', free: 6, held: 4 }] });
    expect(JSON.stringify(body)).not.toContain('seed');
  });

  it('lets people in with their status, and without it when activity does not tell', async () => {
    const request = { url: '/campaigns/split/entry', headers: bearer('ann') };
    expect((await call(request)).body).toEqual({ outcome: 'OK', status: { tasksCompleted: 2, qualified: true } });
    services.participateStatus = new Refused('INTERNAL');
    expect((await call(request)).body).toEqual({ outcome: 'OK' });
  });

  it('says WAIT while a redemption is on its way to a qualification', async () => {
    const request = { url: '/campaigns/split/qualification', headers: bearer('ann') };
    expect((await call(request)).body['outcome']).toBe('NOT_QUALIFIED');
    services.cards = cardCollectionV1.GetCardsResponse.fromPartial({ redeemed: true });
    expect((await call(request)).body).toMatchObject({ outcome: 'WAIT', pollAfterMs: expect.any(Number) as number });
    services.qualification = activityV1.GetQualificationResponse.fromPartial({
      qualificationId: 'q',
      poolId: 'packets',
      token: 't',
    });
    expect((await call(request)).body).toEqual({ outcome: 'OK', qualificationId: 'q', poolId: 'packets', token: 't' });
  });

  it('passes on orders with numbers, and the waiting for them', async () => {
    const headers = bearer('ann');
    const url = '/campaigns/sale/pools/phones/grabs/g/order';
    expect((await call({ url, headers })).body).toMatchObject({ outcome: 'WAIT', pollAfterMs: 500 });
    const state = orderV1.OrderState.ORDER_STATE_PENDING;
    services.order = {
      order: orderV1.Order.fromPartial({
        orderId: 'o1',
        priceFen: '9900',
        state,
        expiresAtMs: '5',
        checkoutToken: 't',
      }),
    };
    const order = { orderId: 'o1', priceFen: 9_900, state: 'PENDING', expiresAtMs: 5, checkoutToken: 't' };
    expect((await call({ url, headers })).body).toMatchObject({ outcome: 'OK', order });
    services.order = { order: undefined };
    expect((await call({ url, headers })).body).toMatchObject({ outcome: 'INTERNAL' });
  });

  it('leaves it to order what a payment without a checkout token means: the time may be up', async () => {
    services.order = new Refused('ORDER_EXPIRED');
    const pay = { method: 'POST', url: '/orders/o1/payments', headers: bearer('ann') } as const;
    for (const payload of [{ paymentId: 'p' }, { paymentId: 'p', checkoutToken: '' }]) {
      expect((await call({ ...pay, payload })).body).toMatchObject({ outcome: 'ORDER_EXPIRED' });
    }
    expect(services.payments).toEqual(['', '']);
  });

  it('tells the policy with its version, everywhere', async () => {
    const { body, headers } = await call({ url: '/policy?campaignId=split' });
    expect(body).toMatchObject({ outcome: 'OK', policyVersion: 0, policy: { tier: 0 }, snapshot: { version: 0 } });
    expect(headers['fg-policy-version']).toBe('0');
  });

  it('documents every route, the grab too', async () => {
    const { body } = await call({ url: '/openapi.json' });
    const paths = Object.keys(body['paths'] as object);
    expect(paths).toContain('/campaigns/{campaignId}/pools/{poolId}/grabs/{grabId}');
    expect(paths).toHaveLength(29);
    expect((await gateway.app.inject('/docs')).statusCode).toBe(200);
  });

  it('goes on with the campaigns it knows while activity is away', async () => {
    const { port } = services;
    services.kill();
    const { body } = await call({ url: '/campaigns/sale/venue' });
    expect(body['outcome']).toBe('OK');
    const payload = { drawId: 'd' };
    const draw = await call({ method: 'POST', url: '/campaigns/split/draws', headers: bearer('ann'), payload });
    expect([draw.status, draw.body['outcome']]).toEqual([503, 'TRY_LATER']);
    await services.start(port);
  });
});

describe('in production', () => {
  const services = new StubServices();
  let gateway: TestGateway;
  beforeAll(async () => {
    await services.start();
    gateway = await startGateway(services, SERVERS.redisUrl, { PROFILE: 'production', ADMIN_LIMIT_PER_MINUTE: '3' });
  });
  afterAll(async () => {
    await gateway.close();
    services.kill();
  });

  it('has no development tokens', async () => {
    const answer = await gateway.app.inject({ method: 'POST', url: '/dev/tokens', payload: { userId: 'eve' } });
    expect([answer.statusCode, answer.json<{ outcome: string }>().outcome]).toEqual([400, 'INVALID_REQUEST']);
  });

  it('limits how often an address may administer', async () => {
    const outcomes = new Set<string>();
    for (let i = 0; i < 5; i += 1) {
      const answer = await gateway.app.inject({ url: '/admin/campaigns/x', headers: bearer('ann') });
      outcomes.add(answer.json<{ outcome: string }>().outcome);
    }
    expect([...outcomes]).toEqual(['FORBIDDEN', 'TOO_FREQUENT']);
  });
});
