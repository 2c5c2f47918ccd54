import { SERVERS } from '@floodgate/testing';
import { StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

describe('routes that are never in the rush', () => {
  const services = new StubServices();
  let gateway: TestGateway;

  beforeAll(() => services.start());
  afterAll(() => services.kill());
  afterEach(() => gateway.close());

  const start = async (more: Record<string, string>) => {
    gateway = await startGateway(services, SERVERS.redisUrl, { ADMIN_LIMIT_PER_MINUTE: '2', ...more });
  };
  const ask = async (method: 'GET' | 'POST', url: string, address: string) => {
    const headers = { ...bearer('ann'), 'x-forwarded-for': address };
    return (await gateway.app.inject({ method, url, headers })).json<{ outcome: string }>().outcome;
  };
  const read = (address: string) => ask('GET', '/admin/campaigns/x', address);

  it('count clients behind a trusted proxy each by themselves', async () => {
    await start({ TRUSTED_PROXIES: '127.0.0.1' });
    const outcomes = [await read('203.0.113.1'), await read('203.0.113.1'), await read('203.0.113.1')];
    expect(outcomes).toEqual(['FORBIDDEN', 'FORBIDDEN', 'TOO_FREQUENT']);
    expect(await read('203.0.113.2')).toBe('FORBIDDEN');
  });

  it('believe nobody else who the client is', async () => {
    await start({});
    const outcomes = [await read('203.0.113.1'), await read('203.0.113.2'), await read('203.0.113.3')];
    expect(outcomes).toEqual(['FORBIDDEN', 'FORBIDDEN', 'TOO_FREQUENT']);
  });

  it('count a network of IPv6 as one client', async () => {
    await start({ TRUSTED_PROXIES: '127.0.0.1' });
    const outcomes = [await read('2001:db8::1'), await read('2001:db8::2'), await read('2001:db8::3')];
    expect(outcomes).toEqual(['FORBIDDEN', 'FORBIDDEN', 'TOO_FREQUENT']);
    expect(await read('2001:db8:0:1::1')).toBe('FORBIDDEN');
  });

  it('count all routes of a controller together', async () => {
    await start({ TRUSTED_PROXIES: '127.0.0.1' });
    const outcomes = [
      await read('203.0.113.1'),
      await ask('POST', '/admin/campaigns/x/publish', '203.0.113.1'),
      await read('203.0.113.1'),
    ];
    expect(outcomes).toEqual(['FORBIDDEN', 'FORBIDDEN', 'TOO_FREQUENT']);
  });
});
