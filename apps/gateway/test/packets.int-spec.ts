import { type Campaign, CampaignState, inventoryV1, PacketMode, Settlement } from '@floodgate/contracts';
import { SERVERS } from '@floodgate/testing';
import { cardSplit, timedSale } from './sample-campaigns';
import { Refused, StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

const services = new StubServices();
let gateway: TestGateway;

beforeAll(async () => {
  await services.start();
  gateway = await startGateway(services, SERVERS.redisUrl);
});
afterAll(async () => {
  await gateway.close();
  services.kill();
});

const get = async (url: string) => {
  const answer = await gateway.app.inject({ url });
  return { status: answer.statusCode, text: answer.body, body: answer.json<Record<string, unknown>>() };
};

const hex = (digit: string) => digit.repeat(64);
const SECRETS = { seed: hex('5'), authorSecret: hex('6'), approverSecret: hex('7') };
const URL = '/campaigns/split/pools/packets/packets';

function closedPool(closed: boolean): inventoryV1.DescribePacketsResponse {
  return inventoryV1.DescribePacketsResponse.fromPartial({
    pool: {
      poolId: 'packets',
      stock: 10,
      shards: 2,
      settlement: Settlement.SETTLEMENT_PAYOUT,
      packets: {
        mode: PacketMode.PACKET_MODE_LEVELS,
        totalFen: '2500',
        commitment: hex('c'),
        levels: [{ amountFen: '250', count: 10 }],
        ...(closed && SECRETS),
      },
    },
    opensAtMs: '2000',
    closesAtMs: '3000',
    committedAtMs: '1000',
    closed,
    granted: closed ? 4 : 0,
  });
}

const published = (): Campaign => ({
  ...cardSplit('split', { openForMs: 10_000 }),
  authorCommitment: hex('a'),
  approverCommitment: hex('b'),
});

beforeEach(() => {
  services.campaign = { campaign: published() };
});

it('asks after everything else that the services behind are asked', async () => {
  services.packets = closedPool(true);
  await get(URL);
  await get(`${URL}/granted`);
  for (const method of ['describePackets', 'listPackets']) {
    expect(services.metadata.get(method)?.get('fg-level')).toEqual(['browse:0']);
  }
});

it('shows terms and commitment to anyone, and the seed to nobody before the pool is closed', async () => {
  services.packets = closedPool(false);
  const { status, body } = await get(URL);
  expect(status).toBe(200);
  expect(body).toEqual({
    outcome: 'OK',
    packets: {
      version: 'floodgate-packets-1',
      campaignId: 'split',
      poolId: 'packets',
      stock: 10,
      mode: 'LEVELS',
      totalFen: 2500,
      minFen: 0,
      maxFen: 0,
      levels: [{ amountFen: 250, count: 10 }],
      commitment: hex('c'),
      authorCommitment: hex('a'),
      approverCommitment: hex('b'),
      t0Ms: 2000,
      closesAtMs: 3000,
      committedAtMs: 1000,
    },
  });
});

it('reveals the seed once every grant of the closed pool has arrived at prize-payout', async () => {
  services.packets = closedPool(true);
  services.payoutCount = 3;
  expect((await get(URL)).text).not.toContain(SECRETS.seed);
  services.payoutCount = 4;
  expect((await get(URL)).body).toMatchObject({ packets: { revealed: { ...SECRETS, granted: 4 } } });
});

it('shows the packets while prize-payout cannot count, and their seed when it can', async () => {
  services.packets = closedPool(true);
  services.payoutCount = undefined;
  const shown = await get(URL);
  expect(shown.body).toMatchObject({ outcome: 'OK', packets: { stock: 10, commitment: hex('c') } });
  expect(shown.text).not.toContain(SECRETS.seed);
  services.payoutCount = 4;
  expect((await get(URL)).text).toContain(SECRETS.seed);
});

it('knows no draft, no sale, and no other pool', async () => {
  services.packets = closedPool(false);
  services.campaign = { campaign: { ...published(), state: CampaignState.CAMPAIGN_STATE_DRAFT } };
  expect((await get(URL)).body).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
  services.campaign = { campaign: timedSale('sale', { openForMs: 10_000 }) };
  expect((await get(URL)).body).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
  services.campaign = { campaign: published() };
  expect((await get('/campaigns/split/pools/none/packets')).body).toMatchObject({
    outcome: 'INVALID_REQUEST',
    field: 'poolId',
  });
  services.packets = new Refused('WAIT', 500);
  expect((await get(URL)).body).toMatchObject({ outcome: 'WAIT', pollAfterMs: 500 });
});

it('lists the packets that people got by pages, and refuses what is no page', async () => {
  services.grantedPackets = { packets: [{ unitNo: 3, amountFen: '250', withdrawn: true }] };
  expect((await get(`${URL}/granted?fromUnitNo=3&limit=1`)).body).toEqual({
    outcome: 'OK',
    packets: [{ unitNo: 3, amountFen: 250, withdrawn: true }],
  });
  expect((await get(`${URL}/granted`)).status).toBe(200);
  for (const [query, field] of [
    ['limit=10001', 'limit'],
    ['limit=0', 'limit'],
    ['fromUnitNo=-1', 'fromUnitNo'],
    ['fromUnitNo=x', 'fromUnitNo'],
    ['userId=ann', 'userId'],
  ]) {
    expect((await get(`${URL}/granted?${query}`)).body).toMatchObject({ outcome: 'INVALID_REQUEST', field });
  }
});

it('takes the approval and the secrets of operators only, and only of the right form', async () => {
  const post = async (path: string, payload: object, headers = bearer('op', 'operator')) => {
    const answer = await gateway.app.inject({
      method: 'POST',
      url: `/admin/campaigns/split/${path}`,
      headers,
      payload,
    });
    return { status: answer.statusCode, text: answer.body, body: answer.json<Record<string, unknown>>() };
  };
  const refused = { outcome: 'INVALID_REQUEST' };
  expect((await post('approval', { commitment: hex('a') }, bearer('ann'))).body).toMatchObject({
    outcome: 'FORBIDDEN',
  });
  expect((await post('secret', { secret: hex('a') }, bearer('ann'))).body).toMatchObject({ outcome: 'FORBIDDEN' });
  expect((await post('approval', { commitment: hex('A') })).body).toMatchObject({ ...refused, field: 'commitment' });
  expect((await post('secret', {})).body).toMatchObject({ ...refused, field: 'secret' });
  services.campaigns = [cardSplit('split', { openForMs: 10_000 })];
  for (const answer of [await post('approval', { commitment: hex('a') }), await post('secret', { secret: hex('d') })]) {
    expect(answer.body).toMatchObject({ outcome: 'OK', campaign: { campaignId: 'split' } });
    expect(answer.text).not.toContain('secret-seed');
    expect(answer.text).not.toContain(hex('d'));
  }
});
