import { Outcome as OutcomeMessage } from '@floodgate/contracts';
import { SERVERS, until } from '@floodgate/testing';
import { cardSplit, timedSale } from './sample-campaigns';
import { granted, Refused, StubServices } from './stub-services';
import { bearer, qualificationOf, startGateway, type TestGateway } from './test-gateway';

describe('the grab route', () => {
  const services = new StubServices();
  let gateway: TestGateway;

  beforeAll(async () => {
    services.campaigns = [
      cardSplit('split', { openForMs: 10_000 }),
      timedSale('sale', { openForMs: 10_000 }),
      timedSale('later', { openForMs: -600_000 }),
      timedSale('over', { openForMs: 600_000, closesInMs: -60_000 }),
    ];
    await services.start();
    gateway = await startGateway(services, SERVERS.redisUrl);
    await until(
      'campaigns are known',
      async () => (await gateway.app.inject('/campaigns/sale/venue')).statusCode === 200,
    );
  });
  afterAll(async () => {
    await gateway.close();
    services.kill();
  });
  beforeEach(() => {
    services.onGrab = (grab) => granted(grab);
    services.frames.length = 0;
  });

  const put = async (path: string, user: string | undefined, payload?: object | string, headers = {}) => {
    const answer = await gateway.app.inject({
      method: 'PUT',
      url: path,
      headers: { ...(user !== undefined && bearer(user)), ...headers },
      ...(payload !== undefined && { payload }),
    });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json<Record<string, unknown>>() };
  };
  const get = async (path: string, user?: string) => {
    const answer = await gateway.app.inject({ url: path, headers: user === undefined ? {} : bearer(user) });
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
  };

  it('grants with the unit, its amount and what it leads to', async () => {
    const qualification = qualificationOf('ann', 'split');
    const { status, body } = await put('/campaigns/split/pools/packets/grabs/g1', 'ann', { qualification });
    expect({ status, body }).toEqual({
      status: 200,
      body: { outcome: 'GRANTED', unitNo: 7, amountFen: 250, grabId: 'g1', settlement: 'PAYOUT' },
    });
    expect(services.frames.flat()).toMatchObject([
      { campaignId: 'split', poolId: 'packets', userId: 'ann', grabId: 'g1', qualificationId: 'q-ann' },
    ]);
  });

  it('needs no qualification in a sale, nor a body', async () => {
    expect((await put('/campaigns/sale/pools/phones/grabs/g1', 'ann')).body['outcome']).toBe('GRANTED');
    expect((await put('/campaigns/sale/pools/phones/grabs/g1', 'ann', {})).body['outcome']).toBe('GRANTED');
  });

  it.each([
    ['no qualification', {}],
    ["another user's", { qualification: qualificationOf('bob', 'split') }],
    ["another campaign's", { qualification: qualificationOf('ann', 'other') }],
    ["another pool's", { qualification: qualificationOf('ann', 'split', { poolId: 'other' }) }],
    ['an expired one', { qualification: qualificationOf('ann', 'split', { expiresInMs: -60_000 }) }],
    ['a forged one', { qualification: `${qualificationOf('ann', 'split').slice(0, -4)}AAAA` }],
    ['rubbish', { qualification: 'x' }],
  ])('refuses %s as not qualified', async (_, payload) => {
    const { status, body } = await put('/campaigns/split/pools/packets/grabs/g2', 'ann', payload);
    expect([status, body['outcome']]).toEqual([403, 'NOT_QUALIFIED']);
    expect(services.frames).toEqual([]);
  });

  it.each([
    ['an unknown field', { qualification: 'x', unitNo: 3 }, 'unitNo'],
    ['a wrong type', { qualification: 7 }, 'qualification'],
    ['a list', [], 'body'],
  ])('refuses %s in the body', async (_, payload, field) => {
    const { status, body } = await put('/campaigns/sale/pools/phones/grabs/g3', 'ann', payload);
    expect([status, body['outcome'], body['field']]).toEqual([400, 'INVALID_REQUEST', field]);
  });

  it.each([
    ['broken JSON', '{', { 'content-type': 'application/json' }],
    ['an empty JSON body', '', { 'content-type': 'application/json' }],
    ['another content type', '<a/>', { 'content-type': 'text/xml' }],
    ['a huge body', JSON.stringify({ qualification: 'x'.repeat(5_000) }), { 'content-type': 'application/json' }],
    ['prototype pollution', '{"__proto__":{"a":1}}', { 'content-type': 'application/json' }],
  ])('refuses %s without a stack trace', async (_, payload, headers) => {
    const {
      status,
      body,
      headers: answered,
    } = await put('/campaigns/sale/pools/phones/grabs/g3', 'ann', payload, headers);
    expect([status, body['outcome']]).toEqual([400, 'INVALID_REQUEST']);
    expect(answered['content-type']).toContain('application/problem+json');
    expect(JSON.stringify(body)).not.toContain('    at ');
  });

  it.each([
    ['/campaigns/later/pools/phones/grabs/g', 425, 'NOT_OPEN_YET'],
    ['/campaigns/over/pools/phones/grabs/g', 410, 'CLOSED'],
    ['/campaigns/nothing/pools/phones/grabs/g', 404, 'NO_SUCH_CAMPAIGN'],
    ['/campaigns/sale/pools/nothing/grabs/g', 404, 'NO_SUCH_CAMPAIGN'],
    ['/campaigns/sale/pools/phones/grabs/-bad-', 400, 'INVALID_REQUEST'],
    ['/campaigns/%20/pools/phones/grabs/g', 400, 'INVALID_REQUEST'],
    ['/campaigns/sale/pools/phones/grabs/g%2F..', 400, 'INVALID_REQUEST'],
    [`/campaigns/sale/pools/phones/grabs/${'g'.repeat(65)}`, 400, 'INVALID_REQUEST'],
    [`/campaigns/sale/pools/phones/grabs/${'g'.repeat(500)}`, 400, 'INVALID_REQUEST'],
    ['/campaigns/sale/pools/phones/grabs/%ff', 400, 'INVALID_REQUEST'],
  ])('PUT %s: %i %s, even signed out', async (path, status, outcome) => {
    const answer = await put(path, undefined);
    expect([answer.status, answer.body['outcome']]).toEqual([status, outcome]);
  });

  it('says when a pool will open', async () => {
    const { body } = await put('/campaigns/later/pools/phones/grabs/g', 'ann');
    expect(body['pollAfterMs']).toBeGreaterThan(0);
    expect(body['pollAfterMs']).toBeLessThanOrEqual(600_000);
  });

  it('refuses who is not signed in', async () => {
    const path = '/campaigns/sale/pools/phones/grabs/g4';
    expect((await put(path, undefined)).body['outcome']).toBe('SIGNED_OUT');
    expect((await put(path, undefined, {}, { authorization: 'Bearer a.b.c' })).status).toBe(401);
  });

  it('tells an unanswered grab to ask again with the same grabId', async () => {
    services.onGrab = () => undefined;
    const impatient = await startGateway(services, SERVERS.redisUrl, {
      BUDGET_GRAB_MS: '100',
      BUDGET_INVENTORY_GRAB_MS: '100',
    });
    const answer = await impatient.app.inject({
      method: 'PUT',
      url: '/campaigns/sale/pools/phones/grabs/g5',
      headers: bearer('ann'),
    });
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toMatchObject({
      outcome: 'WAIT',
      pollAfterMs: 1_000,
      detail: 'ask again with the same grabId',
    });
    await impatient.close();
  });

  it('does not believe an inventory that has not read of a published campaign yet', async () => {
    const path = '/campaigns/sale/pools/phones/grabs/g9';
    services.onGrab = (grab) => granted(grab, { outcome: OutcomeMessage.OUTCOME_NO_SUCH_CAMPAIGN });
    expect((await put(path, 'ann')).body).toMatchObject({ outcome: 'WAIT', pollAfterMs: 1_000 });
    const item = { seq: 0, campaignId: '', poolId: '', userId: '', grabId: 'g9', qualificationId: '' };
    services.result = { answer: granted(item, { outcome: OutcomeMessage.OUTCOME_NO_SUCH_CAMPAIGN }) };
    expect((await get(path, 'ann')).body['outcome']).toBe('WAIT');
    expect((await get('/campaigns/nothing/pools/phones/grabs/g9', 'ann')).body['outcome']).toBe('NO_SUCH_CAMPAIGN');
  });

  it('names the grab that holds the unit', async () => {
    services.onGrab = (grab) => granted(grab, { outcome: OutcomeMessage.OUTCOME_ALREADY_GRANTED, grabId: 'earlier' });
    const { body } = await put('/campaigns/sale/pools/phones/grabs/g6', 'ann');
    expect(body).toMatchObject({ outcome: 'ALREADY_GRANTED', grabId: 'earlier' });
  });

  it('passes on the other answers of inventory', async () => {
    services.onGrab = (grab) => granted(grab, { outcome: OutcomeMessage.OUTCOME_GRAB_ENDED, grabId: '' });
    expect((await put('/campaigns/sale/pools/phones/grabs/g6', 'ann')).body).toEqual({
      outcome: 'GRAB_ENDED',
      grabId: 'g6',
    });
    services.onGrab = (grab) => granted(grab, { outcome: OutcomeMessage.OUTCOME_WAIT, pollAfterMs: 250 });
    expect((await put('/campaigns/sale/pools/phones/grabs/g6', 'ann')).body).toMatchObject({
      outcome: 'WAIT',
      pollAfterMs: 250,
    });
    services.onGrab = (grab) => granted(grab, { outcome: OutcomeMessage.OUTCOME_UNSPECIFIED });
    expect((await put('/campaigns/sale/pools/phones/grabs/g6', 'ann')).body).toMatchObject({ outcome: 'INTERNAL' });
  });

  it('reads a result whatever has become of the campaign', async () => {
    services.result = {
      answer: granted({ seq: 0, campaignId: '', poolId: '', userId: '', grabId: 'g7', qualificationId: '' }),
    };
    for (const campaign of ['over', 'later', 'nothing']) {
      const { status, body } = await get(`/campaigns/${campaign}/pools/phones/grabs/g7`, 'ann');
      expect([status, body['outcome']]).toEqual([200, 'GRANTED']);
    }
    expect((await get('/campaigns/over/pools/phones/grabs/g7')).body['outcome']).toBe('SIGNED_OUT');
    expect((await get('/campaigns/over/pools/phones/grabs/-', 'ann')).body['outcome']).toBe('INVALID_REQUEST');
    services.result = new Refused('UNKNOWN_GRAB', 100);
    expect((await get('/campaigns/over/pools/phones/grabs/g7', 'ann')).body).toMatchObject({
      outcome: 'UNKNOWN_GRAB',
      pollAfterMs: 100,
    });
  });
});
