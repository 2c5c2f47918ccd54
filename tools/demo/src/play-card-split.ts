import { setTimeout as sleep } from 'node:timers/promises';
import { type FloodgateClient } from '@floodgate/client';
import { type Person } from './choices';
import { type Crowd, until } from './crowd';
import { type Doubt, grabAndTell } from './grab-and-tell';
import { CASH_POOL, splitId, TASKS } from './scene';

/** How long someone stands at the gate, restarts of killed apps included. */
const PATIENCE_MS = 45_000;
const ARRIVED_WITHIN_MS = 60_000;

/** One person's way through the card split, from the venue to money that has arrived. */
export async function playCardSplit(
  crowd: Crowd,
  person: Person,
  client: FloodgateClient,
  doubts: Doubt[],
): Promise<void> {
  const { scene, tally } = crowd;
  await client.venue(splitId(scene));
  const entry = await client.enter(splitId(scene));
  if (entry.outcome !== 'OK') return tally.turnedAway('entry', entry.outcome);
  tally.reached('entered');
  const qualification = await qualify(crowd, person, client);
  if (qualification === undefined && !person.hopeful) return;
  await comeBack(crowd, client);
  tally.reached('grabbed a packet');
  const granted = await grabAndTell(
    crowd,
    person,
    client,
    {
      campaignId: splitId(scene),
      poolId: CASH_POOL,
      t0Ms: scene.splitAtMs,
      patienceMs: PATIENCE_MS,
      ...(qualification !== undefined && { qualification }),
    },
    doubts,
  );
  if (granted === undefined) return;
  tally.reached('packet granted');
  await awaitMoney(crowd, client, granted.grabId);
}

/** Tasks, draws, the set and its redemption. Undefined when it was not enough for a qualification. */
async function qualify(crowd: Crowd, person: Person, client: FloodgateClient): Promise<string | undefined> {
  const { scene, tally } = crowd;
  const campaignId = splitId(scene);
  for (const taskId of person.lazy ? TASKS.slice(0, 1) : TASKS) {
    const done = await client.completeTask(campaignId, taskId);
    if (done.outcome !== 'OK') return void tally.turnedAway('tasks', done.outcome);
  }
  tally.reached('did tasks');
  if (!(await drawTheSet(crowd, person, client))) return undefined;
  tally.reached('completed a set');
  const redeemed = await client.redeem(campaignId);
  if (redeemed.outcome !== 'OK') return void tally.turnedAway('redemption', redeemed.outcome);
  const redeemedAtMs = Date.now();
  const qualification = await client.qualification(campaignId);
  if (qualification.outcome !== 'OK') return void tally.turnedAway('qualification', qualification.outcome);
  tally.took('redeemed to qualified', Date.now() - redeemedAtMs);
  tally.reached('qualified');
  return qualification.token;
}

/** Draws until there is one of each card. Draws come from tasks through the log, so the first may have to wait a moment. */
async function drawTheSet({ scene, tally }: Crowd, person: Person, client: FloodgateClient): Promise<boolean> {
  const campaignId = splitId(scene);
  const seen = new Set<string>();
  const expected = DRAWS_PER_TASK * (person.lazy ? 1 : TASKS.length);
  for (let drawn = 0, tries = 0; seen.size < CARD_KINDS && drawn < expected; ) {
    const draw = await client.draw(campaignId, `${person.userId}-d${drawn}`);
    if (draw.outcome === 'OK') {
      seen.add(draw.cardId);
      drawn += 1;
    } else if (draw.outcome === 'NO_DRAWS_LEFT' && (tries += 1) <= DRAW_TRIES_MAX) {
      await sleep(DRAW_AGAIN_MS);
    } else {
      tally.turnedAway('draws', draw.outcome);
      return false;
    }
  }
  if (seen.size < CARD_KINDS) tally.turnedAway('draws', 'SET_INCOMPLETE');
  return seen.size === CARD_KINDS;
}

const CARD_KINDS = 3;
const DRAWS_PER_TASK = 4;
const DRAW_TRIES_MAX = 20;
const DRAW_AGAIN_MS = 250;

/** Back for the moment itself: while tier 1 holds, everyone is let in at a moment of their own. */
async function comeBack(crowd: Crowd, client: FloodgateClient): Promise<void> {
  const { scene, tally } = crowd;
  await until(crowd, scene.splitAtMs - COME_BACK_BEFORE_MS);
  const entry = await client.enter(splitId(scene));
  if (entry.outcome === 'OK') tally.reached('let in at T0');
  else tally.turnedAway('entry at T0', entry.outcome);
}

const COME_BACK_BEFORE_MS = 5_000;

async function awaitMoney({ scene, tally }: Crowd, client: FloodgateClient, grabId: string): Promise<void> {
  const grantedAtMs = Date.now();
  const grab = { campaignId: splitId(scene), poolId: CASH_POOL, grabId };
  const result = await client.awaitPayout(grab, ARRIVED_WITHIN_MS);
  if (result.outcome !== 'OK') return tally.turnedAway('payout', result.outcome);
  if (result.payout.state !== 'SETTLED') return tally.turnedAway('payout', result.payout.state);
  tally.took('granted to arrived', Date.now() - grantedAtMs);
  tally.reached('packet arrived');
}
