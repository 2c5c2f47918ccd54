import { SERVERS, until } from '@floodgate/testing';
import { cardSplit } from './sample-campaigns';
import { Refused, StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

const services = new StubServices();
let gateway: TestGateway;

beforeEach(async () => {
  services.campaigns = [cardSplit('split', { openForMs: -3_600_000 })];
  services.participateStatus = { tasksCompleted: 2, qualified: true };
  services.hangs.clear();
  services.calls.clear();
  await services.start();
  gateway = await startGateway(services, SERVERS.redisUrl, { BUDGET_PARTICIPATE_STATUS_MS: '4000' });
  await until(
    'the campaign is known',
    async () => (await gateway.app.inject('/campaigns/split/venue')).statusCode === 200,
  );
});
afterEach(async () => {
  await gateway.close();
  services.kill();
});

async function enter(): Promise<{ outcome: string; status?: unknown }> {
  const answer = await gateway.app.inject({ url: '/campaigns/split/entry', headers: bearer('ann') });
  return answer.json();
}
const asked = () => services.callsOf('participateStatus');
const metric = async (name: string) => {
  const line = (await gateway.app.inject('/metrics')).body.split('\n').find((one) => one.startsWith(name));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
};
const BREAKER = 'floodgate_breaker_open{call="activity.participate-status"}';
/** How long a callee in trouble is left alone. */
const OPEN_FOR_MS = 2_000;
const STATUS = { tasksCompleted: 2, qualified: true };

describe('ParticipateStatus, which is not critical', () => {
  it.each<[string, () => unknown, () => unknown]>([
    ['hangs', () => services.hangs.add('participateStatus'), () => services.hangs.clear()],
    [
      'fails',
      () => (services.participateStatus = new Refused('INTERNAL')),
      () => (services.participateStatus = STATUS),
    ],
    ['is away', () => services.kill(), () => services.start(services.port)],
  ])('is left alone when it %s, while everybody gets in, and is asked again when it is back', async (_, fail, mend) => {
    await until('it is heard', async () => (await enter()).status !== undefined);
    expect(await enter()).toMatchObject({ outcome: 'OK', status: STATUS });
    await fail();
    await until('the breaker opens', async () => {
      const answers = await Promise.all([enter(), enter(), enter()]);
      expect(answers).toEqual(answers.map(() => ({ outcome: 'OK' })));
      return (await metric(BREAKER)) === 1;
    });
    const [before, since] = [asked(), performance.now()];
    for (let i = 0; i < 3; i++) expect(await enter()).toEqual({ outcome: 'OK' });
    // One of them may have been the try that is due after a while, and more of them if the machine stood still.
    const triesMax = 1 + Math.floor((performance.now() - since) / OPEN_FOR_MS);
    expect(asked() - before).toBeLessThanOrEqual(triesMax);
    expect(await metric(`floodgate_done_without_total{call="activity.participate-status",why="open"}`)).toBeGreaterThan(
      0,
    );

    await mend();
    await until('it is asked again', async () => (await enter()).status !== undefined);
    expect(await metric(BREAKER)).toBe(0);
  });

  it('is not blamed for what it refuses, nor for people who wait no time at all', async () => {
    services.participateStatus = new Refused('INVALID_REQUEST');
    for (let i = 0; i < 30; i++) expect(await enter()).toEqual({ outcome: 'OK' });
    expect(asked()).toBe(30);
    services.hangs.add('participateStatus');
    const hasty = { ...bearer('eve'), 'fg-deadline-ms': '1' };
    for (let i = 0; i < 30; i++) await gateway.app.inject({ url: '/campaigns/split/entry', headers: hasty });
    expect(await metric(BREAKER)).toBe(0);
  });
});

describe("a pool's counts, which are not critical", () => {
  it('are those of the instances that answer, and one that hangs is left alone', async () => {
    const pool = { poolId: 'packets', stock: 10, free: 6, held: 4, inTransit: 0, withdrawn: 0, ready: true };
    services.pools = [pool];
    const hanging = new StubServices();
    hanging.hangs.add('describePools');
    await hanging.start();
    await gateway.close();
    gateway = await startGateway(services, SERVERS.redisUrl, {
      INVENTORY_GRPC: `${hanging.address},${services.address}`,
      BUDGET_POOL_COUNTS_MS: '5000',
    });
    const breaker = `floodgate_breaker_open{call="inventory.count-pools ${hanging.address}"}`;
    await until('the breaker opens', async () => {
      const headers = bearer('op', 'operator');
      const ask = () => gateway.app.inject({ url: '/admin/campaigns/split', headers });
      for (const answer of await Promise.all([ask(), ask(), ask()])) {
        expect(answer.json()).toMatchObject({ outcome: 'OK', pools: [pool], ready: true });
      }
      return (await metric(breaker)) === 1;
    });
    expect(await metric(`floodgate_breaker_open{call="inventory.count-pools ${services.address}"}`)).toBe(0);
    hanging.kill();
  });
});
