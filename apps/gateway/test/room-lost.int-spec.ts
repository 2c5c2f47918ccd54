import { startRedis, type TestRedisServer, until } from '@floodgate/testing';
import { RoomKeeper } from '../src/room/room-keeper';
import { EVERYBODY_PER_SECOND, RoomWorld } from './room-world';

describe('the waiting room, when Redis forgets', () => {
  const world = new RoomWorld();

  beforeAll(() => world.open());
  afterAll(() => world.close());
  beforeEach(() => world.begin());
  afterEach(() => world.stopGateways());

  let server: TestRedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  it('FLUSHALL: two gateways keep every place, and the serving number does not go back', async () => {
    const [one, two] = [await world.start(20, server.url), await world.start(20, server.url)];
    const people = Array.from({ length: 60 }, (_, no) => `u${no}`);
    const tickets = await Promise.all(people.map((userId, no) => world.join(no % 2 === 0 ? one : two, userId)));
    expect(new Set(tickets.map(({ body }) => body['arrival'])).size).toBe(60);
    const before = await until('some are called', async () => {
      const now = await world.serving(one);
      return Number(now['serving']) >= 3 && now;
    });
    const last = Math.max(...tickets.map(({ body }) => Number(body['arrival'])));
    const room = { campaignId: world.sale, api: 'grab' };
    await until('both have heard of the opening and of everybody', () =>
      [one, two].every(({ app }) => {
        const { opening, issued } = app.get(RoomKeeper).waiting.stateOf(room);
        return opening !== undefined && issued >= last;
      }),
    );

    await server.admin.flushall();
    for (const gateway of [one, two]) {
      const now = await world.serving(gateway);
      expect(now['opening']).toEqual(before['opening']);
      expect(Number(now['serving'])).toBeGreaterThanOrEqual(gateway === one ? Number(before['serving']) : 0);
    }
    for (const [no, userId] of people.entries()) {
      const again = await world.join(two, userId, { ticket: tickets[no]?.body['ticket'] });
      expect(again.body).toMatchObject({
        arrival: tickets[no]?.body['arrival'],
        ticket: tickets[no]?.body['ticket'],
      });
    }
    const late = await world.join(one, 'late');
    expect(Number(late.body['arrival'])).toBeGreaterThan(60);
    await until(
      'the room goes on',
      async () => Number((await world.serving(two))['serving']) > Number(before['serving']),
    );
  });

  it('a gateway that is new, with a Redis that is empty, goes by what the client was shown', async () => {
    const one = await world.start(EVERYBODY_PER_SECOND, server.url);
    const tickets = await Promise.all(['ann', 'bob', 'cid'].map((userId) => world.join(one, userId)));
    const seen = await until('all are called', async () => {
      const now = await world.serving(one);
      return now['serving'] === 3 && now['seen'];
    });
    await world.stopGateways();
    await server.admin.flushall();

    const fresh = await world.start(1, server.url);
    const mine = tickets[1]?.body['ticket'];
    expect((await world.pass(fresh, 'bob', { ticket: mine, grabId: 'g1' })).body['outcome']).toBe('WAIT');
    expect((await world.pass(fresh, 'bob', { ticket: mine, grabId: 'g1', seen })).status).toBe(200);
    expect(Number((await world.join(fresh, 'late')).body['arrival'])).toBeGreaterThan(3);
  });

  it('Redis away: who was called gets a pass, who has a ticket keeps it, newcomers are told to try later', async () => {
    const own = await startRedis();
    try {
      const gateway = await world.start(EVERYBODY_PER_SECOND, own.url);
      const { ticket: mine } = await world.called(gateway, 'ann', 'g-ann');
      await own.kill();
      const { body } = await world.pass(gateway, 'ann', { ticket: mine, grabId: 'g-ann' });
      expect((await world.grab(gateway, 'ann', 'g-ann', body['pass'])).body['outcome']).toBe('GRANTED');
      expect((await world.join(gateway, 'ann', { ticket: mine })).body).toMatchObject({ outcome: 'OK', arrival: 1 });
      expect((await world.ticket(gateway, 'bob')).body).toMatchObject({ outcome: 'TRY_LATER' });
    } finally {
      await own.stop();
    }
  });

  it('Redis away: who comes without a pass is not kept waiting for nothing, the caps decide', async () => {
    const own = await startRedis();
    try {
      const gateway = await world.start(1, own.url);
      await Promise.all(Array.from({ length: 100 }, (_, no) => world.join(gateway, `u${no}`)));
      expect((await world.grabBesideRoom(gateway, 'late', 'g-1')).body).toMatchObject({
        outcome: 'WAIT',
        field: 'fg-pass',
      });
      await own.kill();
      await until('the caps decide', async () => {
        return (await world.grab(gateway, 'late', 'g-2')).body['outcome'] === 'GRANTED';
      });
      const { body: metrics } = await gateway.app.inject('/metrics');
      expect(metrics).toContain(`floodgate_room_paused{campaign="${world.sale}",api="grab"} 1`);
      expect((await world.overTheCap(gateway)).body).not.toHaveProperty('field');
    } finally {
      await own.stop();
    }
  });
});
