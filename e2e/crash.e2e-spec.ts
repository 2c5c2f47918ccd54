import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createDataSource, execute, selectRows } from '@floodgate/adapters/mysql';
import { type FloodgateClient } from '@floodgate/client';
import { until } from '@floodgate/testing';
import { cardSplit, newCampaignId, ok, qualify, QUICK_PLAN, timedSale, World } from './support/world';

let world: World;

beforeAll(async () => {
  // One inventory, so that it is this one that a grab kills, and no second choice answers in its place.
  world = await World.start({}, { inventory: 1 });
  await world.putPlanIntoForce(QUICK_PLAN);
});
afterAll(() => world.stop());

/** Units of a campaign by state, as the unit register has them. */
async function registered(campaignId: string): Promise<{ userId: string; grabId: string; state: string }[]> {
  return selectRows(
    world.stores,
    'SELECT user_id AS userId, grab_id AS grabId, state FROM fg_inventory.unit_register WHERE campaign_id = ?',
    [campaignId],
  );
}

async function untilOpen(client: FloodgateClient, campaignId: string): Promise<void> {
  const { timeline } = ok(await client.venue(campaignId));
  await until('the sale is open', async () => {
    const venue = await client.venue(campaignId);
    return venue.outcome === 'OK' && venue.nowMs > timeline.opensAtMs;
  });
}

describe('inventory killed with -9', () => {
  it.each(['before-log', 'after-log'])('%s: the retry with the same grabId ends with one unit', async (instant) => {
    const campaignId = newCampaignId('sale');
    await world.publish(timedSale(campaignId, { opensInMs: 10_000, stock: 2 }));
    const client = await world.signIn(`${campaignId}-u`);
    await untilOpen(client, campaignId);
    const preload = join(world.environment.root, 'e2e/fixtures/die-at.cjs');
    await world.stack.restart('inventory', { NODE_OPTIONS: `--require=${preload}`, DIE_AT: instant });

    const grabId = randomUUID();
    const lost = await until('the gateway reaches the new process, which dies of the grab', async () => {
      const result = await client.grab(campaignId, 'goods', { grabId, attemptsMax: 1, timeBudgetMs: 5_000 });
      return !world.stack.apps.some(({ app }) => app === 'inventory') && result;
    });
    expect(lost.outcome).toBe('GAVE_UP');
    await world.stack.start('inventory');

    const result = await until('the retry is decided', async () => {
      const answer = await client.grab(campaignId, 'goods', { grabId, resumed: true });
      return answer.outcome === 'GRANTED' && answer;
    });
    expect(result.grabId).toBe(grabId);
    // The recorder that was killed leaves its group only when its session is over.
    await until('the register has it', async () => (await registered(campaignId)).length > 0, 60_000);
    expect(await registered(campaignId)).toEqual([{ userId: client.userId, grabId, state: 'held' }]);

    const second = await world.signIn(`${campaignId}-second`);
    expect((await second.grab(campaignId, 'goods')).outcome).toBe('GRANTED');
  });
});

/**
 * Holds a lock that stops a service in the middle of its batch, after some of its rows are written: its transaction waits at
 * the outbox. Returns what gives the lock up.
 */
async function lockOutbox(schema: string): Promise<{ waiting: () => Promise<boolean>; release: () => Promise<void> }> {
  const locker = createDataSource({ url: `${world.environment.adminUrl}/${schema}`, poolSize: 1 });
  await locker.initialize();
  await locker.query('LOCK TABLES outbox WRITE');
  return {
    async waiting() {
      const [row] = await selectRows<{ count: number }>(
        world.stores,
        `SELECT COUNT(*) AS count FROM information_schema.processlist
         WHERE db = ? AND info LIKE 'INSERT INTO outbox%' AND state LIKE 'Waiting for table%'`,
        [schema],
      );
      return Number(row?.count) > 0;
    },
    async release() {
      await locker.query('UNLOCK TABLES');
      await locker.destroy();
    },
  };
}

const NO_SUCH_THREAD = 1_094;

/** Ends what the killed process left open on the server, as the server itself does once it notices; what it has noticed has ended already. */
async function endConnections(schema: string): Promise<void> {
  const rows = await selectRows<{ id: number }>(
    world.stores,
    'SELECT id FROM information_schema.processlist WHERE db = ? AND user LIKE ?',
    [schema, 'fg\\_%'],
  );
  for (const { id } of rows) {
    await execute(world.stores, `KILL ${id}`).catch((error: unknown) => {
      if ((error as { errno?: number }).errno !== NO_SUCH_THREAD) throw error;
    });
  }
}

describe('order killed with -9 in the middle of a batch', () => {
  it('makes each order once', async () => {
    const campaignId = newCampaignId('sale');
    await world.publish(timedSale(campaignId, { opensInMs: 10_000, stock: 5 }));
    const users = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => world.signIn(`${campaignId}-${name}`)));
    const lock = await lockOutbox('fg_order');
    const granted = await Promise.all(users.map((client) => client.grab(campaignId, 'goods')));
    expect(granted.map(({ outcome }) => outcome)).toEqual(Array(5).fill('GRANTED'));
    await until('the batch waits in its middle', lock.waiting);
    await world.stack.kill('order');
    await endConnections('fg_order');
    await lock.release();
    expect(await ordersOf(campaignId)).toEqual([]);

    await world.stack.start('order');
    for (const [index, client] of users.entries()) {
      const grab = { campaignId, poolId: 'goods', grabId: granted[index]?.grabId ?? '' };
      await until('the order', async () => (await client.order(grab)).outcome === 'OK', 60_000);
    }
    expect((await ordersOf(campaignId)).sort()).toEqual(granted.map(({ grabId }) => grabId).sort());
  });
});

async function ordersOf(campaignId: string): Promise<string[]> {
  const rows = await selectRows<{ grabId: string }>(
    world.stores,
    'SELECT grab_id AS grabId FROM fg_order.orders WHERE campaign_id = ?',
    [campaignId],
  );
  return rows.map(({ grabId }) => grabId);
}

describe('prize-payout killed with -9 in the middle of a batch', () => {
  it('pays each packet once', async () => {
    const campaignId = newCampaignId('split');
    await world.publish(cardSplit(campaignId, { t0InMs: 25_000, stock: 3, totalFen: 900 }));
    const users = await Promise.all(['a', 'b', 'c'].map((name) => world.signIn(`${campaignId}-${name}`)));
    const tokens = await Promise.all(users.map(async (client) => (await qualify(client, campaignId)).token));
    const lock = await lockOutbox('fg_prize_payout');
    const granted = await Promise.all(
      users.map((client, index) => client.grab(campaignId, 'cash', { qualification: tokens[index] ?? '' })),
    );
    expect(granted.map(({ outcome }) => outcome)).toEqual(Array(3).fill('GRANTED'));
    await until('the payer waits in the middle of settling', lock.waiting);
    await world.stack.kill('prize-payout');
    await endConnections('fg_prize_payout');
    await lock.release();
    await world.stack.start('prize-payout');

    for (const [index, client] of users.entries()) {
      const grab = { campaignId, poolId: 'cash', grabId: granted[index]?.grabId ?? '' };
      const settled = async () => {
        const result = await client.awaitPayout(grab);
        return result.outcome === 'OK' && result.payout.state === 'SETTLED';
      };
      await until('the packet is paid', settled, 60_000);
    }
    const [paid] = await selectRows<{ count: number; totalFen: number }>(
      world.stores,
      `SELECT COUNT(*) AS count, SUM(e.amount_fen) AS totalFen FROM fg_channel.channel_entries e
       JOIN fg_prize_payout.payouts p ON p.payout_id = e.number WHERE p.campaign_id = ?`,
      [campaignId],
    );
    expect([Number(paid?.count), Number(paid?.totalFen)]).toEqual([3, 900]);
  });
});
