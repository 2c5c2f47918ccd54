import { SERVERS, until } from '@floodgate/testing';
import { type InjectOptions } from 'fastify';
import { CampaignCache } from '../src/campaign-cache';
import { timedSale } from './sample-campaigns';
import { StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

/** So seldom that only what a test does makes the gateway ask. */
const NEVER_MS = 3_600_000;

describe('what the gateway knows of campaigns', () => {
  const services = new StubServices();
  let gateway: TestGateway;

  beforeEach(async () => {
    services.campaigns = [timedSale('old', { openForMs: 10_000 })];
    await services.start();
    gateway = await startGateway(services, SERVERS.redisUrl, { CAMPAIGN_POLL_EVERY_MS: `${NEVER_MS}` });
    await until('campaigns are known', () => gateway.app.get(CampaignCache).peek('old'));
  });
  afterEach(async () => {
    services.late.clear();
    await gateway.close();
    services.kill();
  });

  const ask = async (request: InjectOptions) => (await gateway.app.inject(request)).json<Record<string, unknown>>();
  const operator = bearer('op', 'operator');

  it('a campaign is known here once its publication is answered, though a listing from before was under way', async () => {
    let arrive = () => {};
    services.late.set('listCampaigns', new Promise((resolve) => (arrive = resolve)));
    const asked = services.callsOf('listCampaigns');
    const before = gateway.app.get(CampaignCache).refresh();
    await until('the listing is under way', () => services.callsOf('listCampaigns') > asked);
    services.campaigns = [timedSale('new', { openForMs: 10_000 })];
    const publish = ask({ method: 'POST', url: '/admin/campaigns/new/publish', headers: operator, payload: {} });
    await until('the campaign is published', () => services.callsOf('publishCampaign') > 0);
    arrive();
    await before;
    expect((await publish)['outcome']).toBe('OK');
    expect((await ask({ url: '/campaigns/new/venue' }))['outcome']).toBe('OK');
  });

  it('a campaign that was published elsewhere is not ready before this gateway knows it', async () => {
    services.pools = [{ poolId: 'phones', stock: 10, free: 10, held: 0, inTransit: 0, withdrawn: 0, ready: true }];
    services.campaign = { campaign: timedSale('new', { openForMs: 10_000 }) };
    const look = async () => (await ask({ url: '/admin/campaigns/new', headers: operator }))['ready'];
    expect(await look()).toBe(false);
    services.campaigns = [timedSale('new', { openForMs: 10_000 })];
    await gateway.app.get(CampaignCache).refresh();
    expect(await look()).toBe(true);
  });

  it('while activity is away nobody is told that a campaign does not exist', async () => {
    services.kill();
    await until('it is asked for in vain', async () => {
      await gateway.app.get(CampaignCache).refresh();
      return (await ask({ url: '/campaigns/new/venue' }))['outcome'] === 'TRY_LATER';
    });
    expect((await ask({ url: '/campaigns/old/venue' }))['outcome']).toBe('OK');
  });
});
