import { encodeStockLevel, STOCK_LEVEL_CHANNEL } from '@floodgate/contracts';
import { Shuffle } from '@floodgate/domain/waiting-room';
import { SERVERS, until } from '@floodgate/testing';
import { Rooms } from '../src/room/rooms';
import { EVERYBODY_PER_SECOND, HOUR_MS, MINUTE_MS, RoomWorld } from './room-world';
import { timedSale } from './sample-campaigns';
import { type TestGateway } from './test-gateway';

describe('the waiting room at the gateway', () => {
  const world = new RoomWorld();

  beforeAll(() => world.open());
  afterAll(() => world.close());
  beforeEach(() => world.begin());
  afterEach(() => world.stopGateways());

  describe('while nobody is called', () => {
    let gateway: TestGateway;
    beforeEach(async () => {
      await world.callNobody();
      await world.callNobody(world.other);
      gateway = await world.start(1);
    });

    it('sends who is over the cap to the room, and who comes later too', async () => {
      await world.serving(gateway);
      const refused = await world.overTheCap(gateway, 'grabBesideRoom');
      expect(refused.status).toBe(202);
      expect(refused.body).toMatchObject({ outcome: 'WAIT', field: 'fg-pass', pollAfterMs: expect.any(Number) });
      await world.join(gateway, 'ann');
      world.services.frames.length = 0;
      for (const userId of ['ann', 'bob']) {
        expect((await world.grabBesideRoom(gateway, userId, `g-${userId}`)).body).toMatchObject({
          outcome: 'WAIT',
          field: 'fg-pass',
        });
      }
      expect(world.services.frames).toEqual([]);
    });

    it('lets nobody past those who wait, although the cap would', async () => {
      await world.join(gateway, 'ann');
      expect((await world.grabBesideRoom(gateway, 'bob', 'g-bob')).body).toMatchObject({
        outcome: 'WAIT',
        field: 'fg-pass',
      });
    });

    it('gives each person one place, and the same ticket again', async () => {
      const first = await world.join(gateway, 'ann');
      expect(first.status).toBe(200);
      expect(first.body).toMatchObject({
        outcome: 'OK',
        arrival: 1,
        place: { kind: 'waiting', position: 1, ahead: 0 },
      });
      const [again, shown, bob] = [
        await world.join(gateway, 'ann'),
        await world.join(gateway, 'ann', { ticket: first.body['ticket'] }),
        await world.join(gateway, 'bob'),
      ];
      for (const { body } of [again, shown]) {
        expect(body).toMatchObject({ arrival: 1, ticket: first.body['ticket'] });
      }
      expect(bob.body).toMatchObject({ arrival: 2, place: { kind: 'waiting', position: 2, ahead: 1 } });
      const pollAfterMs = Number(bob.body['pollAfterMs']);
      expect(pollAfterMs).toBeGreaterThanOrEqual(16_000);
      expect(pollAfterMs).toBeLessThanOrEqual(24_000);
    });

    it('tells everybody the same serving number, who may keep it for a second', async () => {
      await world.join(gateway, 'ann');
      await until('the room is open', async () => (await world.serving(gateway))['opening'] !== null);
      const answer = await world.call(gateway, 'GET', `/campaigns/${world.sale}/room/grab/serving`);
      expect(answer.status).toBe(200);
      expect(answer.headers['cache-control']).toBe('public, max-age=1');
      expect(answer.body).toMatchObject({ outcome: 'OK', isOpen: true, serving: 0, lapsed: 0 });
    });

    it('makes that answer once for all who ask at a time', async () => {
      const made = jest.spyOn(gateway.app.get(Rooms), 'serving');
      const startedAt = performance.now();
      await Promise.all(Array.from({ length: 500 }, () => world.serving(gateway)));
      const quarters = Math.ceil((performance.now() - startedAt) / 250);
      expect(made.mock.calls.length).toBeLessThanOrEqual(quarters + 1);
      made.mockRestore();
    });

    it('lets nobody keep a refusal', async () => {
      for (const path of ['none/room/grab/serving', `${world.sale}/room/venue/serving`, '-/room/grab/serving']) {
        const refused = await world.call(gateway, 'GET', `/campaigns/${path}`);
        expect(refused.status).toBeGreaterThanOrEqual(400);
        expect(refused.headers).toMatchObject({
          'cache-control': 'no-store',
          'content-type': 'application/problem+json; charset=utf-8',
        });
      }
    });

    it('shows operators how full the room is, and when it takes nobody in', async () => {
      const shown = async (name: string) => {
        const { body: text } = await gateway.app.inject('/metrics');
        const line = `floodgate_room_${name}{campaign="${world.sale}",api="grab"} `;
        return text
          .split('\n')
          .find((one) => one.startsWith(line))
          ?.slice(line.length);
      };
      expect(await shown('waiting')).toBeUndefined();
      for (const userId of ['ann', 'bob', 'cid']) await world.join(gateway, userId);
      await until('the room was heard of', async () => (await shown('paused')) === '0');
      expect([await shown('waiting'), await shown('serving_number'), await shown('called_per_second')]).toEqual([
        '3',
        '0',
        '0',
      ]);
      expect(await shown('closed')).toBe('0');
      const level = { campaignId: world.sale, poolId: 'phones', stock: 10, inTransit: 0, lifeMs: HOUR_MS };
      const soldOut = encodeStockLevel({ ...level, version: '1', free: 0, final: false });
      await until('nobody is taken in', async () => {
        await world.redis.publish(STOCK_LEVEL_CHANNEL, soldOut);
        return (await shown('closed')) === '1';
      });
    });

    it('gives no pass before the place is called, and none for a ticket of another person or campaign', async () => {
      const mine = (await world.join(gateway, 'ann')).body['ticket'];
      const elsewhere = (await world.join(gateway, 'ann', {}, world.other)).body['ticket'];
      expect((await world.pass(gateway, 'ann', { ticket: mine, grabId: 'g1' })).body).toMatchObject({
        outcome: 'WAIT',
      });
      const invalid = { outcome: 'INVALID_REQUEST', field: 'ticket' };
      expect((await world.pass(gateway, 'bob', { ticket: mine, grabId: 'g1' })).body).toMatchObject(invalid);
      expect((await world.pass(gateway, 'ann', { ticket: elsewhere, grabId: 'g1' })).body).toMatchObject(invalid);
      expect((await world.pass(gateway, 'ann', { ticket: 'room-ticket.e30.x', grabId: 'g1' })).body).toMatchObject(
        invalid,
      );
    });

    it('gives whoever shows the ticket of another their own place', async () => {
      const anns = (await world.join(gateway, 'ann')).body['ticket'];
      expect((await world.join(gateway, 'bob', { ticket: anns })).body).toMatchObject({ arrival: 2 });
    });

    it('asks for a name, and knows no other rooms', async () => {
      const signedOut = await world.call(gateway, 'POST', `/campaigns/${world.sale}/room/grab/ticket`, {}, {});
      expect(signedOut.body['outcome']).toBe('SIGNED_OUT');
      expect((await world.call(gateway, 'GET', `/campaigns/${world.sale}/room/venue/serving`)).body['outcome']).toBe(
        'INVALID_REQUEST',
      );
      expect((await world.call(gateway, 'GET', '/campaigns/none/room/grab/serving')).body['outcome']).toBe(
        'NO_SUCH_CAMPAIGN',
      );
    });

    it('takes in no newcomer whom the stock cannot reach, and tells those who wait', async () => {
      await world.join(gateway, 'ann');
      const level = { campaignId: world.sale, poolId: 'phones', stock: 10, inTransit: 0, lifeMs: HOUR_MS };
      const tell = (version: number, free: number, final: boolean) =>
        world.redis.publish(STOCK_LEVEL_CHANNEL, encodeStockLevel({ ...level, version: String(version), free, final }));
      await until('one unit is left', async () => {
        await tell(1, 1, false);
        return (await world.serving(gateway))['lastReached'] === 1;
      });
      expect((await world.join(gateway, 'bob')).body).toMatchObject({
        outcome: 'SOLD_OUT_FOR_NOW',
        pollAfterMs: expect.any(Number),
      });
      const ann = await world.join(gateway, 'ann');
      expect(ann.body).toMatchObject({ outcome: 'OK', arrival: 1 });
      expect(ann.body).not.toHaveProperty('soldOut');
      await until('none is left for now', async () => {
        await tell(2, 0, false);
        return (await world.serving(gateway))['lastReached'] === 0;
      });
      expect((await world.join(gateway, 'ann')).body).toMatchObject({ outcome: 'OK', soldOut: 'SOLD_OUT_FOR_NOW' });
      await until('none is left for good', async () => {
        await tell(3, 0, true);
        return (await world.join(gateway, 'bob')).body['outcome'] === 'SOLD_OUT';
      });
      expect((await world.join(gateway, 'ann')).body['outcome']).toBe('SOLD_OUT');
    });
  });

  describe('while everybody is called', () => {
    let gateway: TestGateway;
    beforeEach(async () => {
      gateway = await world.start(EVERYBODY_PER_SECOND);
    });

    it('lets the holder of a pass grab what it is for, as often as they like, and nothing else', async () => {
      const { body, headers, ticket: mine } = await world.called(gateway, 'ann', 'g-ann');
      expect(headers['fg-pass']).toBe(body['pass']);
      await world.letSomebodyWait(gateway);
      for (let i = 0; i < 2; i++) {
        expect((await world.grab(gateway, 'ann', 'g-ann', body['pass'])).body['outcome']).toBe('GRANTED');
      }
      expect((await world.grabBesideRoom(gateway, 'ann', 'g-two', body['pass'])).body).toMatchObject({
        outcome: 'WAIT',
        field: 'fg-pass',
      });
      expect((await world.pass(gateway, 'ann', { ticket: mine, grabId: 'g-ann' })).status).toBe(200);
      expect((await world.pass(gateway, 'ann', { ticket: mine, grabId: 'g-two' })).body).toMatchObject({
        outcome: 'CONFLICT',
        field: 'grabId',
      });
    });

    it('lets the holder of a pass through a cap that is used up', async () => {
      const { body } = await world.called(gateway, 'ann', 'g-ann');
      await world.overTheCap(gateway);
      for (let i = 0; i < 5; i++) {
        expect((await world.grab(gateway, 'ann', 'g-ann', body['pass'])).body['outcome']).toBe('GRANTED');
      }
    });

    it('refuses the pass of another person', async () => {
      const { body } = await world.called(gateway, 'ann', 'g-ann');
      await world.letSomebodyWait(gateway);
      const stolen = await world.grabBesideRoom(gateway, 'bob', 'g-ann', body['pass']);
      expect(stolen.body).toMatchObject({ outcome: 'WAIT', field: 'fg-pass' });
      expect((await world.grab(gateway, 'ann', 'g-ann', body['pass'])).body['outcome']).toBe('GRANTED');
    });

    it('refuses the pass of another campaign, and one that nobody signed', async () => {
      const { body } = await world.called(gateway, 'ann', 'g-ann', world.other);
      await world.letSomebodyWait(gateway);
      await world.letSomebodyWait(gateway, world.other);
      const forged = `${String(body['pass']).slice(0, -4)}AAAA`;
      for (const [held, campaignId] of [
        [body['pass'], world.sale],
        [forged, world.other],
      ]) {
        const refused = await world.grabBesideRoom(gateway, 'ann', 'g-ann', held, String(campaignId));
        expect(refused.body).toMatchObject({ outcome: 'WAIT', field: 'fg-pass' });
      }
    });
  });

  describe('before the opening', () => {
    it('takes people in without a position from the time that the plan says', async () => {
      world.services.campaigns = [
        timedSale(world.sale, { openForMs: -4 * MINUTE_MS }),
        timedSale(world.other, { openForMs: -HOUR_MS }),
      ];
      const gateway = await world.start(EVERYBODY_PER_SECOND);
      const { body } = await world.join(gateway, 'ann');
      expect(body).toMatchObject({ outcome: 'OK', arrival: 1, place: { kind: 'unopened' } });
      expect(await world.serving(gateway)).toMatchObject({ opening: null, serving: 0, isOpen: true });
      const early = await world.pass(gateway, 'ann', { ticket: body['ticket'], grabId: 'g1' });
      expect(early.body).toMatchObject({ outcome: 'WAIT' });
      const tooEarly = await world.join(gateway, 'ann', {}, world.other);
      expect(tooEarly.body).toMatchObject({ outcome: 'NOT_OPEN_YET', pollAfterMs: expect.any(Number) });
      expect((await world.serving(gateway, world.other))['isOpen']).toBe(false);
    });

    it('shuffles them at the opening: anybody can compute the positions', async () => {
      world.services.campaigns = [timedSale(world.sale, { openForMs: -3_000 })];
      const gateway = await world.start(1);
      const answers = await Promise.all(Array.from({ length: 30 }, (_, no) => world.join(gateway, `u${no}`)));
      const opening = await until('the room is open', async () => {
        const now = (await world.serving(gateway))['opening'];
        return now !== null && (now as { frozen: number; seed: string });
      });
      const shuffle = new Shuffle({ ...opening, atMs: 0 });
      const after = await Promise.all(
        answers.map(({ body }, no) => world.join(gateway, `u${no}`, { ticket: body['ticket'] })),
      );
      const positions = after.map(({ body }) => (body['place'] as { position: number }).position);
      expect(positions).toEqual(answers.map(({ body }) => shuffle.positionOf(Number(body['arrival']))));
      expect(new Set(positions).size).toBe(30);
    });

    it('has nobody wait where the plan has no room', async () => {
      const gateway = await world.start(null, SERVERS.redisUrl, { open: 'off' });
      const { body } = await world.join(gateway, 'ann');
      expect(body).toMatchObject({ outcome: 'OK', pollAfterMs: 0 });
      expect(body).not.toHaveProperty('ticket');
      const refused = await world.overTheCap(gateway);
      expect(refused.body).not.toHaveProperty('field');
    });
  });
});
