import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { OUTCOMES, type Outcome } from '@floodgate/kernel';
import { signJwt } from '@floodgate/nest-kit';
import { until } from '@floodgate/testing';
import { cardSplit, newCampaignId, qualify, QUICK_PLAN, timedSale, World } from './support/world';

let world: World;
let campaignId: string;
let saleId: string;
let token: string;

beforeAll(async () => {
  world = await World.start();
  await world.putPlanIntoForce(QUICK_PLAN);
  campaignId = newCampaignId('split');
  saleId = newCampaignId('sale');
  await world.publish(cardSplit(campaignId, { t0InMs: 600_000 }));
  await world.publish(timedSale(saleId, { opensInMs: 10_000 }));
  token = await world.tokenOf(`${campaignId}-u`);
  await until('card-collection has heard of the split', async () => {
    const { status } = await send({ method: 'GET', path: `/campaigns/${campaignId}/cards` });
    return status === 200;
  });
  await until('the sale is open', async () => {
    const answer = await send({ path: grabPath(saleId, 'goods'), body: {} });
    return !answer.text.includes('NOT_OPEN_YET');
  });
});
afterAll(() => world.stop());

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly raw?: string;
  readonly token?: string | null;
}

/** What anybody may be told on a machine that stands still for a moment. */
const FOR_NOW = /"(TOO_HOT|TRY_LATER|WAIT)"/;

/** The answer, as soon as there is another than to come again. */
const send = (request: Sent) =>
  until('an answer', async () => {
    const answer = await sendOnce(request);
    return !FOR_NOW.test(answer.text) && answer;
  });

async function sendOnce({ method = 'PUT', path, body, raw, token: own }: Sent) {
  const bearer = own === undefined ? token : own;
  const response = await fetch(`${world.gatewayUrl}${path}`, {
    method,
    headers: {
      ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
      ...((body !== undefined || raw !== undefined) && { 'content-type': 'application/json' }),
    },
    ...((body !== undefined || raw !== undefined) && { body: raw ?? JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type') ?? '', text };
}

/** The answer is the outcome's problem+json: right status, no stack trace, nothing of the inside. */
function expectOutcome(answer: Awaited<ReturnType<typeof send>>, outcome: Outcome): void {
  const problem = JSON.parse(answer.text) as { outcome: string; message: { zh: string; en: string } };
  expect([answer.status, problem.outcome]).toEqual([OUTCOMES[outcome].httpStatus, outcome]);
  expect(answer.type).toMatch(/^application\/problem\+json/);
  expect(problem.message).toEqual({ zh: OUTCOMES[outcome].zh, en: OUTCOMES[outcome].en });
  expect(answer.text).not.toMatch(/\n\s+at |node_modules|\.ts:|\.js:/);
}

const grabPath = (of: string, poolId: string, grabId: string = randomUUID()) =>
  `/campaigns/${of}/pools/${poolId}/grabs/${grabId}`;

describe('bad input', () => {
  it.each<[string, () => Sent, Outcome]>([
    [
      'an unknown field in a grab',
      () => ({ path: grabPath(saleId, 'goods'), body: { surprise: 1 } }),
      'INVALID_REQUEST',
    ],
    [
      'a wrong type in a grab',
      () => ({ path: grabPath(saleId, 'goods'), body: { qualification: 7 } }),
      'INVALID_REQUEST',
    ],
    ['a body that is no JSON', () => ({ path: grabPath(saleId, 'goods'), raw: '{"a"' }), 'INVALID_REQUEST'],
    ['a body that is a list', () => ({ path: grabPath(saleId, 'goods'), raw: '[]' }), 'INVALID_REQUEST'],
    [
      'a huge body',
      () => ({ path: grabPath(saleId, 'goods'), raw: `{"qualification":"${'x'.repeat(200_000)}"}` }),
      'INVALID_REQUEST',
    ],
    [
      'a prototype in a body',
      () => ({ path: grabPath(saleId, 'goods'), raw: '{"__proto__":{"a":1}}' }),
      'INVALID_REQUEST',
    ],
    ['a grabId with a slash in it', () => ({ path: grabPath(saleId, 'goods', 'a%2Fb') }), 'INVALID_REQUEST'],
    [
      'a grabId of 65 letters',
      () => ({ path: grabPath(saleId, 'goods', 'g'.repeat(65)), body: {} }),
      'INVALID_REQUEST',
    ],
    ['a path that is not there', () => ({ method: 'GET', path: '/nothing/here' }), 'INVALID_REQUEST'],
    ['no token', () => ({ path: grabPath(saleId, 'goods'), body: {}, token: null }), 'SIGNED_OUT'],
    ['a token that is no token', () => ({ path: grabPath(saleId, 'goods'), body: {}, token: 'x.y.z' }), 'SIGNED_OUT'],
    ['a campaign nobody published', () => ({ path: grabPath('nobody', 'goods'), body: {} }), 'NO_SUCH_CAMPAIGN'],
    ['a pool of another campaign', () => ({ path: grabPath(saleId, 'cash'), body: {} }), 'NO_SUCH_CAMPAIGN'],
    [
      'an unknown field in a draw',
      () => ({ method: 'POST', path: `/campaigns/${campaignId}/draws`, body: { drawId: 'd', n: 1 } }),
      'INVALID_REQUEST',
    ],
    [
      'a draw without a drawId',
      () => ({ method: 'POST', path: `/campaigns/${campaignId}/draws`, body: {} }),
      'INVALID_REQUEST',
    ],
    [
      'a draw that was not earned',
      () => ({ method: 'POST', path: `/campaigns/${campaignId}/draws`, body: { drawId: 'd1' } }),
      'NO_DRAWS_LEFT',
    ],
    [
      'a set that is not complete',
      () => ({ method: 'POST', path: `/campaigns/${campaignId}/redemptions`, body: {} }),
      'SET_INCOMPLETE',
    ],
    [
      'a task that is not there',
      () => ({ method: 'POST', path: `/campaigns/${campaignId}/tasks/nope/completions`, body: {} }),
      'INVALID_REQUEST',
    ],
    [
      'a payment of an order that is not there',
      () => ({ method: 'POST', path: '/orders/nope/payments', body: { paymentId: 'p', checkoutToken: 't' } }),
      'INVALID_REQUEST',
    ],
    ['an operator API for a participant', () => ({ method: 'POST', path: '/admin/campaigns', body: {} }), 'FORBIDDEN'],
  ])('%s is %s', async (_name, make, outcome) => {
    expectOutcome(await send(make()), outcome);
  });

  it('refuses a forged and an expired token', async () => {
    const [header = '', claims = ''] = token.split('.');
    const forged = `${header}.${claims}.${createHmac('sha256', 'guess'.repeat(8)).update(`${header}.${claims}`).digest('base64url')}`;
    expectOutcome(await send({ path: grabPath(saleId, 'goods'), body: {}, token: forged }), 'SIGNED_OUT');
    const secret = world.environment.apps.gateway.env['JWT_SECRET'] ?? '';
    const expiring = signJwt({ userId: 'u', roles: ['participant'], ttlMs: 1_000 }, secret);
    await sleep(1_500);
    expectOutcome(await send({ path: grabPath(saleId, 'goods'), body: {}, token: expiring }), 'SIGNED_OUT');
  });

  it('refuses a grab before T0', async () => {
    const owner = await world.signIn(`${campaignId}-owner`);
    const qualification = (await qualify(owner, campaignId)).token;
    const ownerToken = await world.tokenOf(`${campaignId}-owner`);
    const early = await send({ path: grabPath(campaignId, 'cash'), body: { qualification }, token: ownerToken });
    expectOutcome(early, 'NOT_OPEN_YET');
  });

  it.each([
    ['pools.0.stock', { stock: 0 }],
    ['pools.0.stock', { stock: 1_000_000_000 }],
    ['pools.0.shards', { stock: 2, shards: 3 }],
  ])('names the field %s of a campaign that cannot be: %j', async (field, pool) => {
    const spec = timedSale(newCampaignId('sale'), { opensInMs: 60_000 });
    const operator = await world.tokenOf('operator-1', ['operator']);
    const body = { ...spec, pools: [{ ...spec.pools[0], ...pool }] };
    const answer = await send({ method: 'POST', path: '/admin/campaigns', body, token: operator });
    expectOutcome(answer, 'INVALID_REQUEST');
    expect(JSON.parse(answer.text)).toMatchObject({ field });
  });

  it('refuses to create a published campaign again with other stock', async () => {
    const operator = await world.tokenOf('operator-1', ['operator']);
    const body = { ...timedSale(saleId, { opensInMs: 60_000, stock: 9 }) };
    expectOutcome(await send({ method: 'POST', path: '/admin/campaigns', body, token: operator }), 'CONFLICT');
  });
});
