import { setTimeout as sleep } from 'node:timers/promises';
import { REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { SERVERS, until } from '@floodgate/testing';
import { CampaignCache } from '../src/campaign-cache';
import { InventoryInstances } from '../src/grab/inventory-instances';
import { stateDirWith } from './plan-on-disk';
import { EVERYBODY_PER_SECOND, MINUTE_MS, RoomWorld } from './room-world';
import { granted } from './stub-services';
import { startGateway } from './test-gateway';

const { tier1 } = REFERENCE_PLAN;

describe('the inlet of a waiting room', () => {
  const world = new RoomWorld();
  beforeAll(() => world.open());
  afterAll(() => world.close());
  beforeEach(() => world.begin());

  it('calls nobody while inventory takes no more, and everybody once it does again', async () => {
    const room = { open: 'on', beforeMs: 5 * MINUTE_MS, perSecond: EVERYBODY_PER_SECOND } as const;
    const plan = { tier1: { ...tier1, caps: { ...tier1.caps, grab: EVERYBODY_PER_SECOND }, room } };
    const STATE_DIR = await stateDirWith(plan, []);
    const gateway = await startGateway(world.services, SERVERS.redisUrl, { STATE_DIR, MAX_IN_FLIGHT: '1' });
    try {
      await until('campaigns are known', () => gateway.app.get(CampaignCache).peek(world.sale) !== undefined);
      world.services.onGrab = () => undefined;
      const unanswered = world.grab(gateway, 'first', 'g-first');
      await until('inventory takes no more', () => gateway.app.get(InventoryInstances).full);
      const { body } = await world.join(gateway, 'ann');
      const isCalled = async () => {
        const { status } = await world.pass(gateway, 'ann', { ticket: body['ticket'], grabId: 'g-ann' });
        return status === 200;
      };
      // So long that many rounds would have called her.
      for (let looks = 0; looks < 20; looks++) {
        expect(await isCalled()).toBe(false);
        await sleep(100);
      }
      const [grab] = world.services.frames.flat();
      if (grab === undefined) throw new Error('inventory has seen no grab');
      for (const stream of world.services.streams) stream.write({ answers: [granted(grab)] });
      expect((await unanswered).body).toMatchObject({ outcome: 'GRANTED' });
      await until('she is called', isCalled);
    } finally {
      await gateway.close();
    }
  });
});
