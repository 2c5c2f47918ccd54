import { type FloodgateClient } from '@floodgate/client';
import { type Person } from './choices';
import { type Crowd, until } from './crowd';
import { type Visitor } from './daily';
import { type Doubt, grabAndTell } from './grab-and-tell';
import { keepAsking } from './keep-asking';
import { CASH_POOL, splitId } from './scene';

/** How long someone stands at the gate, restarts of killed apps included. */
const PATIENCE_MS = 45_000;
const ARRIVED_WITHIN_MS = 60_000;

/** One person's way from the gate to money that has arrived; without a qualification only the hopeful try. */
export async function playCardSplit(
  crowd: Crowd,
  person: Person,
  { client, qualification }: Visitor,
  doubts: Doubt[],
): Promise<void> {
  const { scene, tally } = crowd;
  if (qualification === undefined && !person.hopeful) return;
  await comeBack(crowd, person, client);
  tally.reached('grabbed a packet');
  const press = {
    campaignId: splitId(scene),
    poolId: CASH_POOL,
    t0Ms: scene.splitAtMs,
    patienceMs: PATIENCE_MS,
    ...(qualification !== undefined && { qualification }),
  };
  const granted = await grabAndTell(crowd, person, client, press, doubts);
  if (granted === undefined) return;
  tally.reached('packet granted');
  await awaitMoney(crowd, client, granted.grabId);
}

/** Back for the moment itself: while tier 1 holds, everyone is let in at a moment of their own. */
async function comeBack(crowd: Crowd, { userId }: Person, client: FloodgateClient): Promise<void> {
  const { scene, tally, sightings } = crowd;
  await until(crowd, scene.splitAtMs - scene.releaseMs - COME_BACK_EARLY_MS);
  tally.reached('came back');
  const entry = await keepAsking(() => client.enter(splitId(scene)), scene.releaseMs);
  if (entry.outcome !== 'OK') return tally.turnedAway('entry at T0', entry.outcome);
  tally.reached('let in at T0');
  sightings.letIn.push({ userId, atMs: Date.now() + crowd.offsetMs });
}

const COME_BACK_EARLY_MS = 1_000;

async function awaitMoney({ scene, tally }: Crowd, client: FloodgateClient, grabId: string): Promise<void> {
  const grantedAtMs = Date.now();
  const grab = { campaignId: splitId(scene), poolId: CASH_POOL, grabId };
  const result = await keepAsking(() => client.awaitPayout(grab, ARRIVED_WITHIN_MS), ARRIVED_WITHIN_MS);
  if (result.outcome !== 'OK') return tally.turnedAway('payout', result.outcome);
  if (result.payout.state !== 'SETTLED') return tally.turnedAway('payout', result.payout.state);
  tally.took('granted to arrived', Date.now() - grantedAtMs);
  tally.reached('packet arrived');
}
