import { Outcome as OutcomeMessage } from '@floodgate/contracts';
import { choicesOf, homeShardNo } from '@floodgate/kernel';
import { SERVERS, until } from '@floodgate/testing';
import { InventoryInstances } from '../src/grab/inventory-instances';
import { timedSale } from './sample-campaigns';
import { SilentProxy } from './silent-proxy';
import { granted, Refused, StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

const SHARDS = 2;

describe('a gateway in front of two inventory instances', () => {
  const services = new StubServices();
  const inventory = [new StubServices(), new StubServices()] as const;
  let proxies: SilentProxy[];
  let gateway: TestGateway;
  let instances: InventoryInstances;

  beforeAll(async () => {
    services.campaigns = [timedSale('sale', { openForMs: 10_000 })];
    await services.start();
  });
  afterAll(() => services.kill());

  // Long enough that a busy machine is not taken for a silent one.
  const start = async ({ silentMsMax = 60_000, readMs = 50_000 } = {}) => {
    for (const each of inventory) {
      each.onGrab = (grab) => granted(grab);
      each.result = { answer: granted({ ...noItem, grabId: 'g' }) };
      each.frames.length = 0;
      each.calls.clear();
      await each.start();
    }
    proxies = await Promise.all(inventory.map((each) => SilentProxy.start(() => each.port)));
    gateway = await startGateway(services, SERVERS.redisUrl, {
      INVENTORY_GRPC: proxies.map(({ address }) => address).join(','),
      INVENTORY_SILENT_MS_MAX: String(silentMsMax),
      BUDGET_INVENTORY_READ_MS: String(readMs),
      MAX_IN_FLIGHT: '20',
      MAX_IN_FLIGHT_PER_INVENTORY: '15',
    });
    instances = gateway.app.get(InventoryInstances);
    await until(
      'the sale is known',
      async () => (await gateway.app.inject('/campaigns/sale/venue')).statusCode === 200,
    );
    await untilUp();
  };
  afterEach(async () => {
    await gateway.close();
    for (const proxy of proxies) proxy.close();
    for (const each of inventory) each.kill();
  });

  const untilUp = () => until('both are up', () => instances.up);
  const noItem = { seq: 0, campaignId: '', poolId: '', userId: '', grabId: '', qualificationId: '' };
  /** The number of the instance that is the first choice of a user. */
  const firstOf = (userId: string) => {
    const addresses = proxies.map(({ address }) => address);
    const [first] = choicesOf(`sale/phones/${homeShardNo('sale', 'phones', SHARDS, userId)}`, addresses);
    return addresses.indexOf(first ?? '');
  };
  const usersOf = (index: number, count: number) =>
    Array.from({ length: 10_000 }, (_, i) => `u${i}`)
      .filter((userId) => firstOf(userId) === index)
      .slice(0, count);
  /** Ports are given out anew for each gateway, so now and then one instance is the first choice of both shards. */
  const busy = () => (usersOf(0, 1).length > 0 ? 0 : 1);
  const grab = async (userId: string, grabId = `g-${userId}`) => {
    const url = `/campaigns/sale/pools/phones/grabs/${grabId}`;
    const answer = await gateway.app.inject({ method: 'PUT', url, headers: bearer(userId) });
    return answer.json<{ outcome: string; pollAfterMs?: number; unitNo?: number }>();
  };
  const read = async (userId: string, campaignId = 'sale') => {
    const url = `/campaigns/${campaignId}/pools/phones/grabs/g`;
    return (await gateway.app.inject({ url, headers: bearer(userId) })).json<{ outcome: string }>();
  };
  const at = (index: number) => inventory[index] ?? inventory[0];
  const grabbedAt = (index: number) =>
    at(index)
      .frames.flat()
      .map(({ userId }) => userId);

  it('sends each grab to the first choice of its home shard', async () => {
    await start();
    const users = Array.from({ length: 15 }, (_, i) => `u${i}`);
    expect((await Promise.all(users.map((userId) => grab(userId)))).map(({ outcome }) => outcome)).toEqual(
      users.map(() => 'GRANTED'),
    );
    for (const index of [0, 1]) {
      expect(grabbedAt(index).sort()).toEqual(users.filter((userId) => firstOf(userId) === index).sort());
    }
  });

  it('tells those who wait to ask again when it dies, and sends grabs to the second choice at once', async () => {
    await start();
    const first = busy();
    const [waiting = '', next = ''] = usersOf(first, 2);
    at(first).onGrab = () => undefined;
    const unanswered = grab(waiting);
    await until('it arrives', () => grabbedAt(first).length === 1);
    at(first).kill();
    expect(await unanswered).toMatchObject({ outcome: 'WAIT', pollAfterMs: expect.any(Number) });
    expect((await grab(next)).outcome).toBe('GRANTED');
    expect((await grab(waiting)).outcome).toBe('GRANTED');
    expect(grabbedAt(1 - first)).toEqual([next, waiting]);
    expect((await read(next)).outcome).toBe('GRANTED');
  });

  it('does the same for one that stands still, and goes back to it when it runs again', async () => {
    await start({ silentMsMax: 8_000 });
    const first = busy();
    const [waiting = '', next = ''] = usersOf(first, 2);
    proxies[first]?.stop();
    expect((await grab(waiting)).outcome).toBe('WAIT');
    await until('the second choice has it', async () => (await grab(next)).outcome === 'GRANTED');
    expect(grabbedAt(1 - first)).toContain(next);
    proxies[first]?.go();
    await untilUp();
    await until('the first choice has the next', async () => {
      await grab(next);
      return grabbedAt(first).includes(next);
    });
  });

  it('reads a result from the first choice, and from the second when that is silent', async () => {
    await start({ readMs: 5_000 });
    const first = busy();
    const [user = ''] = usersOf(first, 1);
    expect((await read(user)).outcome).toBe('GRANTED');
    expect([at(first).callsOf('getGrab'), at(1 - first).callsOf('getGrab')]).toEqual([1, 0]);
    proxies[first]?.stop();
    expect((await read(user)).outcome).toBe('GRANTED');
    expect(at(1 - first).callsOf('getGrab')).toBe(1);
    for (const proxy of proxies) proxy.stop();
    expect((await read(user)).outcome).toBe('TRY_LATER');
    for (const proxy of proxies) proxy.go();
    await untilUp();
    expect((await read(user, 'unknown-here')).outcome).toBe('GRANTED');
  });

  it('reads a result from the second when the first is too hot to tell', async () => {
    await start();
    const first = busy();
    const [user = ''] = usersOf(first, 1);
    at(first).resultOf.set(user, new Refused('TOO_HOT', 1_000));
    expect((await read(user)).outcome).toBe('GRANTED');
    expect([at(first).callsOf('getGrab'), at(1 - first).callsOf('getGrab')]).toEqual([1, 1]);
  });

  it('refuses what an instance takes no more of before the body is read, and lets the others in', async () => {
    await start();
    const first = busy();
    const crowd = usersOf(first, 16);
    const late = crowd.pop() ?? '';
    at(first).onGrab = () => undefined;
    const unanswered = crowd.map((userId) => grab(userId));
    await until('it is full', () => grabbedAt(first).length === 15);
    const refused = await gateway.app.inject({
      method: 'PUT',
      url: '/campaigns/sale/pools/phones/grabs/late',
      headers: { ...bearer(late), 'content-type': 'application/json' },
      payload: '{ nobody reads this',
    });
    expect([refused.statusCode, refused.json<{ outcome: string }>().outcome]).toEqual([503, 'TOO_HOT']);
    for (const call of at(first).streams)
      call.write({
        answers: at(first)
          .frames.flat()
          .map((item) => granted(item)),
      });
    expect(new Set((await Promise.all(unanswered)).map(({ outcome }) => outcome))).toEqual(new Set(['GRANTED']));
    at(first).onGrab = (item) => granted(item, { outcome: OutcomeMessage.OUTCOME_GRANTED });
    expect((await grab(late)).outcome).toBe('GRANTED');
  });
});
