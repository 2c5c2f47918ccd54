import { randomUUID } from 'node:crypto';
import { selectRows } from '@floodgate/adapters/mysql';
import { FloodgateClient, RetryBudget } from '@floodgate/client';
import { signJwt, signToken } from '@floodgate/nest-kit';
import { until } from '@floodgate/testing';
import { cardSplit, newCampaignId, ok, QUICK_PLAN, World } from './support/world';

const WINNERS = 1_000;
const AT_ONCE = 100;
/** Published by then, however slowly each of its steps is answered. */
const T0_IN_MS = 12_000;
const POOLS = ['one', 'two', 'three'];
/** What anybody may be told for now on a machine that stands still for a moment. */
const FOR_NOW = ['WAIT', 'TOO_HOT', 'TRY_LATER', 'NOT_OPEN_YET'];

let world: World;

beforeAll(async () => {
  world = await World.start();
  await world.putPlanIntoForce(QUICK_PLAN);
});
afterAll(() => world.stop());

const secretOf = (name: string): string => world.environment.apps.gateway.env[name] ?? '';
/** Signed here: thousands of people need not go the long way to a qualification. */
const tokenOf = (userId: string) => signJwt({ userId, roles: [], ttlMs: 600_000 }, secretOf('JWT_SECRET'));
const qualificationOf = (userId: string, campaignId: string, poolId: string) =>
  signToken(
    'qualification',
    { userId, campaignId, poolId, qualificationId: `q-${userId}`, expiresAtMs: Date.now() + 600_000 },
    secretOf('TOKEN_SECRET'),
  );

async function put(userId: string, campaignId: string, poolId: string, qualification: string, grabId = randomUUID()) {
  const response = await fetch(`${world.gatewayUrl}/campaigns/${campaignId}/pools/${poolId}/grabs/${grabId}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${tokenOf(userId)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ qualification }),
  });
  return (await response.json()) as { outcome: string; unitNo?: number };
}

async function read(userId: string, campaignId: string, poolId: string, grabId: string): Promise<string> {
  const client = new FloodgateClient({ baseUrl: world.gatewayUrl, token: tokenOf(userId) });
  return (await client.grabResult({ campaignId, poolId, grabId })).outcome;
}

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function untilOpen(campaignId: string): Promise<void> {
  const anybody = new FloodgateClient({ baseUrl: world.gatewayUrl });
  const { timeline } = ok(await anybody.venue(campaignId));
  await until('T0', async () => {
    const venue = await anybody.venue(campaignId);
    return venue.outcome === 'OK' && venue.nowMs >= (timeline.splitAtMs ?? Infinity);
  });
}

describe('after the sell-out', () => {
  it.concurrent(`${WINNERS} winners whose answer was lost ask again, and each is told "granted"`, async () => {
    const campaignId = newCampaignId('split');
    const split = cardSplit(campaignId, { t0InMs: T0_IN_MS, stock: WINNERS, shards: 4, totalFen: 100 * WINNERS });
    await world.publish(split);
    await untilOpen(campaignId);
    const people = Array.from({ length: WINNERS }, (_, i) => ({ userId: `${campaignId}-${i}`, grabId: randomUUID() }));
    await inTurn(people, async ({ userId, grabId }) => {
      const qualification = qualificationOf(userId, campaignId, 'cash');
      // What is answered does not reach the person; until it is GRANTED the unit might still be somebody else's.
      await until('the grab is decided', async () => {
        const { outcome } = await put(userId, campaignId, 'cash', qualification, grabId);
        // Decided after the sell-out, it is told only to who asks for the result.
        return (outcome === 'SOLD_OUT' ? await read(userId, campaignId, 'cash', grabId) : outcome) === 'GRANTED';
      });
    });
    const late = `${campaignId}-late`;
    await until('the gateway knows that nothing is left', async () => {
      await put(late, campaignId, 'cash', qualificationOf(late, campaignId, 'cash'));
      const text = await (await fetch(`${world.gatewayUrl}/metrics`)).text();
      return /grab_answers_total\{step="sold-out",outcome="SOLD_OUT"\} [1-9]/.test(text);
    });

    const told: string[] = [];
    await inTurn(people, async ({ userId, grabId }) => {
      const patience = { attemptsMax: 10, retryBudget: new RetryBudget({ start: 10 }) };
      const more = { token: tokenOf(userId), grabJitterMs: 1, ...patience };
      const client = new FloodgateClient({ baseUrl: world.gatewayUrl, ...more });
      const qualification = qualificationOf(userId, campaignId, 'cash');
      const result = await client.grab(campaignId, 'cash', { grabId, qualification, resumed: true });
      told.push(`${result.outcome} ${result.grabId === grabId ? 'to the same grab' : 'to another'}`);
    });
    expect(told).toEqual(people.map(() => 'GRANTED to the same grab'));
  });

  it.concurrent('50 grabs at once over three pools with one qualification give one unit', async () => {
    const campaignId = newCampaignId('split');
    const split = cardSplit(campaignId, { t0InMs: T0_IN_MS, stock: 60, totalFen: 6_000 });
    const pools = POOLS.flatMap((poolId) => split.pools.map((pool) => ({ ...pool, poolId })));
    await world.publish({ ...split, pools });
    await untilOpen(campaignId);
    const userId = `${campaignId}-u`;
    const qualification = qualificationOf(userId, campaignId, 'two');
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const poolId = POOLS[i % POOLS.length] ?? '';
        const answer = await until('an answer', async () => {
          const said = await put(userId, campaignId, poolId, qualification);
          return !FOR_NOW.includes(said.outcome) && said;
        });
        return { poolId, ...answer };
      }),
    );
    const elsewhere = answers.filter(({ poolId }) => poolId !== 'two');
    expect(new Set(elsewhere.map(({ outcome }) => outcome))).toEqual(new Set(['NOT_QUALIFIED']));
    const units = new Set(answers.flatMap(({ unitNo }) => (unitNo === undefined ? [] : [unitNo])));
    expect(units.size).toBeLessThanOrEqual(1);
    const decided = await until('the grabs are decided', async () => {
      const answer = await put(userId, campaignId, 'two', qualification);
      return answer.outcome === 'ALREADY_GRANTED' && answer;
    });
    await until('it is registered', async () => (await held(campaignId)).length > 0);
    expect(await held(campaignId)).toEqual([{ userId, poolId: 'two', unitNo: decided.unitNo }]);
  });
});

async function held(campaignId: string): Promise<{ userId: string; poolId: string; unitNo: number }[]> {
  return selectRows(
    world.stores,
    `SELECT user_id AS userId, pool_id AS poolId, unit_no AS unitNo FROM fg_inventory.unit_register WHERE campaign_id = ?`,
    [campaignId],
  );
}
