import { type AddressInfo } from 'node:net';
import { activityV1 } from '@floodgate/contracts';
import { SERVERS, until } from '@floodgate/testing';
import { CampaignCache } from '../src/campaign-cache';
import { RiskFeed } from '../src/limits/risk-feed';
import { timedSale } from './sample-campaigns';
import { StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

const HOUR_MS = 3_600_000;

interface Door {
  readonly name: string;
  readonly api: 'room' | 'challenge' | 'events';
  readonly method: 'GET' | 'POST';
  readonly path: (campaignId: string) => string;
  readonly body?: object;
  /** To whoever is let through. */
  readonly outcome: string;
}

const DOORS: readonly Door[] = [
  {
    name: 'a ticket of the waiting room',
    api: 'room',
    method: 'POST',
    path: (campaignId) => `/campaigns/${campaignId}/room/grab/ticket`,
    body: {},
    outcome: 'OK',
  },
  {
    name: 'a pass of the waiting room',
    api: 'room',
    method: 'POST',
    path: (campaignId) => `/campaigns/${campaignId}/room/grab/pass`,
    body: { ticket: 'none', grabId: 'g' },
    outcome: 'INVALID_REQUEST',
  },
  {
    name: 'a challenge',
    api: 'challenge',
    method: 'GET',
    path: (campaignId) => `/campaigns/${campaignId}/challenge`,
    outcome: 'OK',
  },
  {
    name: 'a stream of events',
    api: 'events',
    method: 'GET',
    path: (campaignId) => `/events?campaignId=${campaignId}`,
    outcome: 'OK',
  },
];

describe.each(DOORS)('$name', ({ api, method, path, body, outcome: letIn }) => {
  const services = new StubServices();
  let gateway: TestGateway;
  let url = '';

  beforeAll(() => services.start());
  afterAll(() => services.kill());
  beforeEach(() => {
    services.campaigns = [timedSale('sale', { openForMs: 10_000 })];
    services.risk = activityV1.GetRiskChangesResponse.fromPartial({});
  });
  afterEach(() => gateway.close());

  const start = async (rule: object) => {
    const rules = [{ api, perMs: HOUR_MS, ...rule }];
    gateway = await startGateway(services, SERVERS.redisUrl, {
      RISK_POLL_EVERY_MS: '20',
      TRUSTED_PROXIES: '127.0.0.1',
      FREQUENCY_RULES: JSON.stringify(rules),
    });
    await gateway.app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(gateway.app.getHttpServer().address() as AddressInfo).port}`;
    await until('campaigns are known', () => gateway.app.get(CampaignCache).peek('sale') !== undefined);
  };
  const ask = async (headers: Record<string, string>, campaignId = 'sale') => {
    const over = new AbortController();
    const answer = await fetch(`${url}${path(campaignId)}`, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      signal: over.signal,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (answer.headers.get('content-type') === 'text/event-stream') {
      over.abort();
      return { outcome: 'OK' };
    }
    return (await answer.json()) as { outcome: string; pollAfterMs?: number };
  };
  const list = async (userId: string) => {
    const change = { kind: 'user', subject: userId, reason: 'bot', expiresAtMs: String(Date.now() + HOUR_MS) };
    services.risk = activityV1.GetRiskChangesResponse.fromPartial({ version: '1', changes: [change] });
    const { list: known } = gateway.app.get(RiskFeed);
    await until(`${userId} is listed`, () => known.isListed('user', userId, Date.now()));
  };

  it('is refused by the order that grabs are refused by', async () => {
    await start({ by: 'user', max: 1 });
    await list('bot');
    expect((await ask({}, 'no-such-campaign')).outcome).toBe('NO_SUCH_CAMPAIGN');
    expect((await ask({})).outcome).toBe('SIGNED_OUT');
    expect((await ask({ authorization: 'Bearer x.y.z' })).outcome).toBe('SIGNED_OUT');
    for (let times = 0; times < 3; times += 1) expect((await ask(bearer('bot'))).outcome).toBe('BLOCKED');
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain(`floodgate_admission_refusals_total{api="${api}",step="blacklist",outcome="BLOCKED"} 3`);
  });

  it('is given so often to a person, who is told when to come again', async () => {
    await start({ by: 'user', max: 2 });
    for (let times = 0; times < 2; times += 1) expect((await ask(bearer('ann'))).outcome).toBe(letIn);
    const refused = await ask(bearer('ann'));
    expect(refused.outcome).toBe('TOO_FREQUENT');
    expect(refused.pollAfterMs).toBeGreaterThan(0);
    expect((await ask(bearer('bob'))).outcome).toBe(letIn);
  });

  it('is given so often to a network, where a rule says so, as the trusted proxy names it', async () => {
    await start({ by: 'network', max: 2 });
    const from = (userId: string, address: string) => ask({ ...bearer(userId), 'x-forwarded-for': address });
    expect((await from('ann', '203.0.113.1')).outcome).toBe(letIn);
    expect((await from('bob', '203.0.113.2')).outcome).toBe(letIn);
    expect((await from('eve', '203.0.113.3')).outcome).toBe('TOO_FREQUENT');
    expect((await from('eve', '198.51.100.3')).outcome).toBe(letIn);
  });
});
