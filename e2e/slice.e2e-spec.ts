import { randomUUID } from 'node:crypto';
import { type AttemptEvent, FloodgateClient } from '@floodgate/client';
import { until } from '@floodgate/testing';
import { cardSplit, newCampaignId, ok, qualify, QUICK_PLAN, timedSale, World } from './support/world';

/** What a grab may be told for now on a machine that stands still for a moment. */
const UNDECIDED = ['WAIT', 'TOO_HOT', 'TRY_LATER'];

let world: World;

beforeAll(async () => {
  world = await World.start();
  await world.putPlanIntoForce(QUICK_PLAN);
});
afterAll(() => world.stop());

// Most of these is waiting for a T0, so they wait together; the plan's come after them.
describe('a card split, from the first task to money in the account', () => {
  it.concurrent('pays everyone who grabbed, and the packets sum to the pool', async () => {
    const campaignId = newCampaignId('split');
    await world.publish(cardSplit(campaignId, { t0InMs: 28_000, stock: 3, totalFen: 1_000 }));
    const users = await Promise.all(['a', 'b', 'c', 'd'].map((name) => world.signIn(`${campaignId}-${name}`)));
    const qualified = await Promise.all(users.map((client) => qualify(client, campaignId)));

    const early = await rawGrab(users[0], campaignId, 'cash', qualified[0]?.token);
    expect(early.outcome).toBe('NOT_OPEN_YET');

    await until('tier 1 has come by itself', async () => (await users[0]?.policy(campaignId))?.tier === 1);
    const results = await Promise.all(
      users.map((client, index) => client.grab(campaignId, 'cash', { qualification: qualified[index]?.token ?? '' })),
    );
    const granted = results.flatMap((result) => (result.outcome === 'GRANTED' ? [result] : []));
    expect(granted).toHaveLength(3);
    expect(results.map(({ outcome }) => outcome).filter((outcome) => outcome !== 'GRANTED')).toEqual(['SOLD_OUT']);
    expect(granted.reduce((sum, { amountFen }) => sum + amountFen, 0)).toBe(1_000);

    await Promise.all(
      results.map(async (result, index) => {
        if (result.outcome !== 'GRANTED') return;
        const grab = { campaignId, poolId: 'cash', grabId: result.grabId };
        const { payout } = ok((await users[index]?.awaitPayout(grab)) ?? { outcome: 'INTERNAL' });
        expect(payout).toMatchObject({ state: 'SETTLED', amountFen: result.amountFen });
        expect(await users[index]?.grabResult(grab)).toEqual(result);
      }),
    );
  });

  it.concurrent('lets nobody grab on the qualification of another, or on one that is spent', async () => {
    const campaignId = newCampaignId('split');
    await world.publish(cardSplit(campaignId, { t0InMs: 28_000 }));
    const [owner, thief] = [await world.signIn(`${campaignId}-owner`), await world.signIn(`${campaignId}-thief`)];
    const { token } = await qualify(owner, campaignId);
    const stolen = await thief.grab(campaignId, 'cash', { qualification: token });
    expect(stolen.outcome).toBe('NOT_QUALIFIED');
    expect((await thief.grab(campaignId, 'cash')).outcome).toBe('NOT_QUALIFIED');
    const first = await owner.grab(campaignId, 'cash', { qualification: token });
    expect(first.outcome).toBe('GRANTED');
    const second = await owner.grab(campaignId, 'cash', { qualification: token });
    expect(second).toMatchObject({ outcome: 'ALREADY_GRANTED', grabId: first.outcome === 'GRANTED' && first.grabId });
  });
});

describe('a timed sale', () => {
  it.concurrent('gives an order, which is paid', async () => {
    const campaignId = newCampaignId('sale');
    await world.publish(timedSale(campaignId, { opensInMs: 12_000 }));
    const client = await world.signIn(`${campaignId}-u`);
    const granted = await client.grab(campaignId, 'goods');
    expect(granted.outcome).toBe('GRANTED');
    const grab = { campaignId, poolId: 'goods', grabId: granted.grabId };
    const { order } = ok(await client.order(grab));
    expect(order).toMatchObject({ state: 'PENDING', priceFen: 9_900 });
    expect(ok(await client.pay(order.orderId, order.checkoutToken ?? '')).order.state).toBe('PAID');
    expect(ok(await client.order(grab)).order.state).toBe('PAID');
  });

  it.concurrent('puts the unit of an order that nobody paid back on sale, and somebody else gets it', async () => {
    const campaignId = newCampaignId('sale');
    await world.publish(timedSale(campaignId, { opensInMs: 12_000, stock: 1, payWithinMs: 500 }));
    const [idler, next] = [await world.signIn(`${campaignId}-idler`), await world.signIn(`${campaignId}-next`)];
    const idle = await idler.grab(campaignId, 'goods');
    expect(idle).toMatchObject({ outcome: 'GRANTED', unitNo: 0 });
    const grab = { campaignId, poolId: 'goods', grabId: idle.grabId };
    await until('the order has expired', async () => ok(await idler.order(grab)).order.state === 'EXPIRED');
    // One grab, however often it is told to wait or to try later.
    const nextGrab = { grabId: randomUUID(), resumed: true };
    const later = await until('the unit is on sale again', async () => {
      const result = await next.grab(campaignId, 'goods', nextGrab);
      return result.outcome === 'GRANTED' && result;
    });
    expect(later.unitNo).toBe(0);
    expect((await idler.grabResult(grab)).outcome).toBe('GRAB_ENDED');
    const { order } = ok(await idler.order(grab));
    expect((await idler.pay(order.orderId, 'no-longer-valid')).outcome).not.toBe('OK');
  });

  it.concurrent('gives one unit for the same grabId sent 50 times at once', async () => {
    const campaignId = newCampaignId('sale');
    await world.publish(timedSale(campaignId, { opensInMs: 12_000, stock: 60 }));
    const client = await world.signIn(`${campaignId}-u`);
    await client.grab(campaignId, 'goods', { grabId: 'warm-up-of-nobody', attemptsMax: 1, timeBudgetMs: 1 });
    const grabId = randomUUID();
    const other = await world.signIn(`${campaignId}-v`);
    await until('the sale is open', async () => {
      const { outcome } = await rawGrab(other, campaignId, 'goods');
      // One that was told to wait has its unit by the time of the next, which is another grab.
      return outcome === 'GRANTED' || outcome === 'ALREADY_GRANTED';
    });
    const fresh = await world.signIn(`${campaignId}-w`);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        until('an answer', async () => {
          const answer = await rawGrab(fresh, campaignId, 'goods', undefined, grabId);
          return !UNDECIDED.includes(answer.outcome) && answer;
        }),
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.outcome).toBe('GRANTED');
  });
});

describe('the degradation plan', () => {
  it('releases entry gradually around T0 and stops calling ParticipateStatus when told to, while entry still works', async () => {
    const campaignId = newCampaignId('split');
    await world.publish(cardSplit(campaignId, { t0InMs: 10_000 }));
    const client = await world.signIn(`${campaignId}-u`);
    // Whoever is let in is told the status only if it comes in time.
    const status = await until('the status is told', async () => ok(await client.enter(campaignId)).status);
    expect(status).toEqual({ tasksCompleted: 0, qualified: false });

    await world.setTier({ tier: 1, campaignId, ttlMs: 60_000, participateStatus: 'off' });
    const before = await world.metric('activity', 'floodgate_participate_status_total');
    const late = await world.signIn(`${campaignId}-late`);
    expect(ok(await late.enter(campaignId)).status).toBeUndefined();
    expect(await world.metric('activity', 'floodgate_participate_status_total')).toBe(before);
    await world.endTier(campaignId);
  });

  it('drops at the server in tier 2 and at the client in tier 3, by a stable choice of people', async () => {
    const campaignId = newCampaignId('sale');
    await world.publish(timedSale(campaignId, { opensInMs: 600_000 }));
    const userId = `${campaignId}-u`;
    const attempts: AttemptEvent[] = [];
    const token = await world.tokenOf(userId);
    const client = new FloodgateClient({
      baseUrl: world.gatewayUrl,
      token,
      attemptsMax: 1,
      timeBudgetMs: 200,
      onAttempt: (attempt) => attempts.push(attempt),
    });
    await world.setTier({ tier: 2, campaignId, ttlMs: 60_000, serverDropShare: 1 });
    for (let i = 0; i < 3; i++) {
      const response = await fetch(`${world.gatewayUrl}/campaigns/${campaignId}/entry`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(await response.json()).toMatchObject({
        outcome: 'DROPPED_BY_PLAN',
        pollAfterMs: expect.any(Number) as number,
      });
    }
    await world.setTier({ tier: 3, campaignId, ttlMs: 60_000, clientDropShare: 1 });
    await until('the client has heard of it', async () => (await client.policy(campaignId))?.tier === 3);
    attempts.length = 0;
    // A tier set by hand releases the entry anew: long enough for this person's turn to come.
    await client.enter(campaignId, { timeBudgetMs: 2 * QUICK_PLAN.tier1.entry.releaseOverMs });
    await world.endTier(campaignId);
    expect(attempts.every((attempt) => !attempt.sent && attempt.outcome === 'DROPPED_HERE')).toBe(true);
    expect(attempts.length).toBeGreaterThan(0);
  });

  it('tells the overflow of a cap to wait', async () => {
    const caps = { venue: 20, qualification: 1_000, grab: 1_000 };
    const { normal, tier1 } = QUICK_PLAN;
    await world.putPlanIntoForce({ ...QUICK_PLAN, normal: { ...normal, caps }, tier1: { ...tier1, caps } });
    const campaignId = newCampaignId('sale');
    await world.publish(timedSale(campaignId, { opensInMs: 600_000 }));
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const response = await fetch(`${world.gatewayUrl}/campaigns/${campaignId}/venue`);
        const body = (await response.json()) as { outcome: string; pollAfterMs?: number };
        return body.outcome === 'WAIT' && body.pollAfterMs !== undefined ? 'WAIT' : body.outcome;
      }),
    );
    await world.putPlanIntoForce(QUICK_PLAN);
    expect(outcomes.filter((outcome) => outcome === 'WAIT').length).toBeGreaterThan(0);
    expect(outcomes.filter((outcome) => outcome === 'OK').length).toBeGreaterThan(0);
    const others = outcomes.filter((outcome) => outcome !== 'OK' && outcome !== 'WAIT');
    // A machine that stands still lets those in the queue go.
    expect(others.filter((outcome) => outcome !== 'TOO_HOT')).toEqual([]);
  });
});

/** One attempt, without the SDK's patience. */
async function rawGrab(
  client: FloodgateClient | undefined,
  campaignId: string,
  poolId: string,
  qualification?: string,
  grabId: string = randomUUID(),
): Promise<{ outcome: string }> {
  const token = await world.tokenOf(client?.userId ?? '');
  const response = await fetch(`${world.gatewayUrl}/campaigns/${campaignId}/pools/${poolId}/grabs/${grabId}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(qualification === undefined ? {} : { qualification }),
  });
  return (await response.json()) as { outcome: string };
}
