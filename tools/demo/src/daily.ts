import { setTimeout as sleep } from 'node:timers/promises';
import { type FloodgateClient } from '@floodgate/client';
import { type Person } from './choices';
import { clientOf, type Crowd } from './crowd';
import { keepAsking } from './keep-asking';
import { gatherAtMs, splitId, TASKS } from './scene';

/** How long people try one thing, over the restart of a killed app. */
const TRY_MS_MAX = 30_000;

/** Someone who has been in the venue and signed in. */
export interface Visitor {
  readonly client: FloodgateClient;
  /** Undefined for those who did not make it. */
  readonly qualification: string | undefined;
}

/** What people do in the days before T0: sign in, look around, do tasks, draw, redeem. Undefined: they did not get in. */
export async function visit(crowd: Crowd, person: Person): Promise<Visitor | undefined> {
  const { scene, tally } = crowd;
  tally.reached('came');
  const signedIn = await keepAsking(() => clientOf(crowd, person).devToken(person.userId), TRY_MS_MAX);
  if (signedIn.outcome !== 'OK') return void tally.turnedAway('entry', signedIn.outcome);
  const client = clientOf(crowd, person, signedIn.token);
  if (Date.now() + crowd.offsetMs > gatherAtMs(scene)) {
    tally.turnedAway('entry', 'came too late');
    return { client, qualification: undefined };
  }
  await client.venue(splitId(scene));
  const entry = await keepAsking(() => client.enter(splitId(scene)), TRY_MS_MAX);
  if (entry.outcome !== 'OK') {
    tally.turnedAway('entry', entry.outcome);
    return { client, qualification: undefined };
  }
  tally.reached('entered');
  return { client, qualification: await qualify(crowd, person, client) };
}

/** Tasks, draws, the set and its redemption. Undefined when it was not enough for a qualification. */
async function qualify(crowd: Crowd, person: Person, client: FloodgateClient): Promise<string | undefined> {
  const { scene, tally } = crowd;
  const campaignId = splitId(scene);
  for (const taskId of person.lazy ? TASKS.slice(0, 1) : TASKS) {
    const done = await keepAsking(() => client.completeTask(campaignId, taskId), TRY_MS_MAX);
    if (done.outcome !== 'OK') return void tally.turnedAway('tasks', done.outcome);
  }
  tally.reached('did tasks');
  if (!(await drawTheSet(crowd, person, client))) return undefined;
  tally.reached('completed a set');
  const redeemed = await keepAsking(() => client.redeem(campaignId), TRY_MS_MAX);
  if (redeemed.outcome !== 'OK') return void tally.turnedAway('qualification', redeemed.outcome);
  const redeemedAtMs = Date.now();
  const qualification = await keepAsking(() => client.qualification(campaignId), TRY_MS_MAX);
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
  for (let drawn = 0, tries = 0; seen.size < CARD_KINDS && drawn < expected;) {
    const drawId = `${person.userId}-d${drawn}`;
    const draw = await keepAsking(() => client.draw(campaignId, drawId), TRY_MS_MAX);
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
