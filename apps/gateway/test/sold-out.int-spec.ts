import { randomUUID } from 'node:crypto';
import { createRedis } from '@floodgate/adapters/redis';
import {
  encodeStockLevel,
  type inventoryV1,
  Outcome as OutcomeMessage,
  STOCK_LEVEL_CHANNEL,
} from '@floodgate/contracts';
import { homeShardNo } from '@floodgate/kernel';
import { SERVERS, until } from '@floodgate/testing';
import { cardSplit, timedSale } from './sample-campaigns';
import { granted, StubServices } from './stub-services';
import { bearer, qualificationOf, startGateway, type TestGateway } from './test-gateway';

const LONG_MS = 600_000;

describe('sold out at the gateway', () => {
  // Their own names: the channel is shared with whatever else runs on this Redis.
  const run = randomUUID().slice(0, 8);
  const [split, sale, quiet, later] = ['split', 'sale', 'quiet', 'later'].map((name) => `${name}-${run}`) as [
    string,
    string,
    string,
    string,
  ];
  const services = new StubServices();
  const redis = createRedis(SERVERS.redisUrl, { commandTimeout: 60_000 });
  let gateway: TestGateway;

  beforeAll(async () => {
    services.campaigns = [
      cardSplit(split, { openForMs: 10_000 }),
      timedSale(sale, { openForMs: 10_000 }),
      timedSale(quiet, { openForMs: 10_000 }),
      timedSale(later, { openForMs: -3_600_000 }),
    ];
    await services.start();
    await redis.connect();
    gateway = await startGateway(services, SERVERS.redisUrl, { SOLD_OUT_FLAG_MS: String(LONG_MS) });
    await until('campaigns are known', async () => (await venueOf(sale)) !== undefined);
  });
  afterAll(async () => {
    await gateway.close();
    services.kill();
    redis.disconnect();
  });
  beforeEach(() => {
    services.onGrab = (grab) => granted(grab);
    services.frames.length = 0;
  });

  const venueOf = async (campaignId: string) => {
    const answer = await gateway.app.inject(`/campaigns/${campaignId}/venue`);
    if (answer.statusCode !== 200) return undefined;
    const { remaining, availability } = answer.json<Record<'remaining' | 'availability', object>>();
    return { remaining, availability };
  };
  const put = async (campaignId: string, userId = 'ann', headers: object = bearer(userId)) => {
    const isSplit = campaignId === split;
    const answer = await gateway.app.inject({
      method: 'PUT',
      url: `/campaigns/${campaignId}/pools/${isSplit ? 'packets' : 'phones'}/grabs/g-${randomUUID()}`,
      headers: { ...headers },
      payload: isSplit ? { qualification: qualificationOf(userId, campaignId) } : {},
    });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json<Record<string, unknown>>() };
  };
  let version = 0;
  const tell = (campaignId: string, more: Partial<inventoryV1.StockLevel>) => {
    version += 1;
    const level = {
      campaignId,
      poolId: campaignId === split ? 'packets' : 'phones',
      version: String(version),
      stock: 100,
      free: 0,
      inTransit: 0,
      final: false,
      lifeMs: LONG_MS,
      ...more,
    };
    return redis.publish(STOCK_LEVEL_CHANNEL, encodeStockLevel(level));
  };
  /** Tells it again and again: the gateway may not have subscribed yet. */
  const untilPut = (campaignId: string, outcome: string, more: Partial<inventoryV1.StockLevel> = {}) =>
    until(`a grab is answered ${outcome}`, async () => {
      await tell(campaignId, more);
      const answer = await put(campaignId);
      return answer.body['outcome'] === outcome && answer;
    });

  it('is heard over Redis, refused without asking inventory or who it is, and taken back when units return', async () => {
    await untilPut(sale, 'SOLD_OUT_FOR_NOW');
    services.frames.length = 0;
    const refused = await put(sale, 'ann', { 'x-request-id': 'my-request' });
    expect(refused.status).toBe(409);
    expect(refused.body).toEqual({
      type: 'urn:floodgate:outcome:SOLD_OUT_FOR_NOW',
      title: expect.any(String),
      status: 409,
      outcome: 'SOLD_OUT_FOR_NOW',
      pollAfterMs: LONG_MS,
      message: { zh: '暂时没有了，可能还会放出', en: expect.any(String) },
      requestId: 'my-request',
    });
    expect(refused.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
      'retry-after': String(LONG_MS / 1_000),
      'x-request-id': 'my-request',
      'fg-policy-version': expect.anything(),
    });
    expect(services.frames).toEqual([]);
    await untilPut(sale, 'GRANTED', { free: 1 });
  });

  it.each([
    ['sold out', sale, '', 409],
    ['not open yet', later, '', 425],
    ['an unknown pool', sale, 'x', 404],
    ['let in', quiet, '', 401],
  ])('over a socket says the same as inside Fastify: %s', async (_, campaignId, poolSuffix, status) => {
    await untilPut(sale, 'SOLD_OUT_FOR_NOW');
    if (!gateway.app.getHttpServer().listening) await gateway.app.listen(0, '127.0.0.1');
    const url = `/campaigns/${campaignId}/pools/phones${poolSuffix}/grabs/g1`;
    const headers = { 'x-request-id': 'same-id', 'content-type': 'application/json' };
    const shown = (body: object, answered: Record<string, unknown>) => {
      const { date: _date, connection: _connection, 'keep-alive': _keepAlive, ...rest } = answered;
      return { body: { ...body, pollAfterMs: 0 }, headers: { ...rest, 'retry-after': 0, 'content-length': 0 } };
    };
    const inside = await gateway.app.inject({ method: 'PUT', url, headers, payload: '{ nobody reads this' });
    const outside = await fetch(`${await gateway.app.getUrl()}${url}`, { method: 'PUT', headers, body: '{ nobody' });
    expect([inside.statusCode, outside.status]).toEqual([status, status]);
    expect(shown((await outside.json()) as object, Object.fromEntries(outside.headers))).toEqual(
      shown(inside.json<object>(), inside.headers),
    );
  });

  it('is shown on the venue page, coarse near the end', async () => {
    for (const [free, remaining, availability] of [
      [57, 57, 'PLENTY'],
      [3, 10, 'FEW'],
      [0, 0, 'NONE'],
    ]) {
      await until(`${free} is shown as ${availability}`, async () => {
        await tell(quiet, { free: Number(free) });
        const venue = await venueOf(quiet);
        return (
          JSON.stringify(venue) ===
          JSON.stringify({ remaining: { phones: remaining }, availability: { phones: availability } })
        );
      });
    }
  });

  it('is not believed of a pool that nobody published, nor from rubbish', async () => {
    await until('what came after is heard', async () => {
      await tell('nobody-published-it', { final: true });
      await redis.publish(STOCK_LEVEL_CHANNEL, 'rubbish');
      await tell(quiet, { free: 42 });
      return JSON.stringify(await venueOf(quiet)).includes('42');
    });
    expect((await put('nobody-published-it')).body['outcome']).toBe('NO_SUCH_CAMPAIGN');
    const metrics = (await gateway.app.inject('/metrics')).body;
    expect(metrics).toMatch(/stock_levels_heard_total\{kind="unknown-pool"\} \d/);
    expect(metrics).toMatch(/stock_levels_heard_total\{kind="unreadable"\} \d/);
  });

  it('is learnt from answers when every shard has given one, and still lets results be read', async () => {
    services.onGrab = (grab) => granted(grab, { outcome: OutcomeMessage.OUTCOME_SOLD_OUT });
    const userOf = (shardNo: number) => {
      for (let i = 0; ; i += 1) if (homeShardNo(split, 'packets', 2, `u${i}`) === shardNo) return `u${i}`;
    };
    const [one, other] = [userOf(0), userOf(1)];
    expect((await put(split, one)).body['outcome']).toBe('SOLD_OUT');
    expect((await put(split, one)).body['outcome']).toBe('SOLD_OUT');
    // One shard has spoken, twice; the other has not.
    expect(services.frames.flat()).toHaveLength(2);
    expect((await put(split, other)).body['outcome']).toBe('SOLD_OUT');
    expect(services.frames.flat()).toHaveLength(3);
    expect((await put(split, one)).status).toBe(410);
    expect((await put(split, 'anybody', {})).body['outcome']).toBe('SOLD_OUT');
    expect(services.frames.flat()).toHaveLength(3);

    const item = { seq: 0, campaignId: '', poolId: '', userId: '', grabId: 'g8', qualificationId: '' };
    services.result = { answer: granted(item) };
    const url = `/campaigns/${split}/pools/packets/grabs/g8`;
    expect((await gateway.app.inject({ url, headers: bearer(one) })).json()).toMatchObject({ outcome: 'GRANTED' });
  });
});
