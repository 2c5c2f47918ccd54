import { SERVERS, until } from '@floodgate/testing';
import { type InjectOptions } from 'fastify';
import { timedSale } from './sample-campaigns';
import { Refused, StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

const services = new StubServices();
let gateway: TestGateway;

beforeAll(async () => {
  services.campaigns = [timedSale('sale', { openForMs: 10_000 })];
  await services.start();
  gateway = await startGateway(services, SERVERS.redisUrl);
  await until('the sale is known', async () => (await gateway.app.inject('/campaigns/sale/venue')).statusCode === 200);
});
afterAll(async () => {
  await gateway.close();
  services.kill();
});
beforeEach(() => {
  services.calls.clear();
  services.hangs.clear();
  services.order = new Refused('WAIT', 500);
});

const ORDER = '/campaigns/sale/pools/phones/grabs/g/order';

async function call(url: string, deadline?: string, more: InjectOptions = {}) {
  const headers = { ...bearer('ann'), ...(deadline !== undefined && { 'fg-deadline-ms': deadline }) };
  const answer = await gateway.app.inject({ ...more, url, headers });
  return answer.json<{ outcome: string; detail?: string }>();
}

describe("a request's deadline", () => {
  it('goes with the call, which is told what is left of it', async () => {
    await call(ORDER, '20000');
    expect(services.deadlines.get('getOrder')).toBeLessThanOrEqual(20_000);
    expect(services.deadlines.get('getOrder')).toBeGreaterThan(0);
  });

  it("is never later than the hop's own budget, whatever the client says, or does not say", async () => {
    for (const told of [undefined, '999999999', 'soon', '-5', '1e9', '']) {
      expect((await call(ORDER, told)).outcome).toBe('WAIT');
      expect(services.deadlines.get('getOrder')).toBeGreaterThan(20_000);
      expect(services.deadlines.get('getOrder')).toBeLessThanOrEqual(gateway.config.BUDGET_ORDER_MS);
    }
  });

  it('that is over is told TRY_LATER at once, and nobody is called', async () => {
    expect(await call(ORDER, '0')).toMatchObject({
      outcome: 'TRY_LATER',
      detail: 'the time for this request is used up',
    });
    expect(services.callsOf('getOrder')).toBe(0);
  });

  it('ends the wait for a callee that hangs, long before its budget', async () => {
    services.hangs.add('getOrder');
    expect(await call(ORDER, '100')).toMatchObject({ outcome: 'TRY_LATER' });
  });

  it('holds for a grab as well: told to ask again by then, however long inventory takes', async () => {
    services.onGrab = () => undefined;
    const url = '/campaigns/sale/pools/phones/grabs/hurried';
    expect(gateway.config.BUDGET_GRAB_MS).toBeGreaterThan(2_000);
    // It was on its way: what became of it is found out under its grabId. One whose time was over before it could leave never leaves.
    await until('it arrives', async () => {
      expect(await call(url, '1000', { method: 'PUT' })).toMatchObject({ outcome: 'WAIT' });
      return services.frames.flat().some(({ grabId }) => grabId === 'hurried');
    });
  });

  it('is shared by all calls of a request: the second has no more than the first left', async () => {
    services.hangs.add('getCards');
    // Again where a standstill of the machine used up the time before the second call.
    await until('both are called', async () => {
      expect(await call('/campaigns/sale/qualification', '3000')).toMatchObject({ outcome: 'TRY_LATER' });
      return services.callsOf('getCards') > 0;
    });
    const [first = NaN, second] = ['getQualification', 'getCards'].map((method) => services.deadlines.get(method));
    // Whole milliseconds, each rounded by itself.
    expect(second).toBeLessThanOrEqual(first + 1);
  });

  it('of one person does not end what others wait for too', async () => {
    services.hangs.add('listCampaigns');
    await until('the campaigns are asked for', () => services.callsOf('listCampaigns') > 0);
    expect(services.deadlines.get('listCampaigns')).toBeGreaterThan(20_000);
  });
});

describe('the way of a request', () => {
  it('is seen hop by hop in the metrics, and the slowest hop by itself', async () => {
    await call(ORDER);
    const text = (await gateway.app.inject('/metrics')).body;
    expect(text).toMatch(/floodgate_hop_seconds_count\{hop="order.call",outcome="WAIT"\} [1-9]/);
    expect(text).toMatch(/floodgate_slowest_hop_seconds\{hop="[a-z.-]+"\} \d/);
    expect(text.match(/^floodgate_slowest_hop_seconds\{/gm)).toHaveLength(1);
  });
});
