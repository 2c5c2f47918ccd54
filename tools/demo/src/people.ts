import { personOf } from './choices';
import { clientOf, type Crowd, until } from './crowd';
import { type Doubt, settleDoubt } from './grab-and-tell';
import { playCardSplit } from './play-card-split';
import { playTimedSale } from './play-timed-sale';
import { lastArrivalMs } from './scene';

/** Everyone comes when they like and takes part in both campaigns. Returns the grabs whose end their people do not know. */
export async function playEveryone(crowd: Crowd, users: number, seed: string): Promise<readonly Doubt[]> {
  const doubts: Doubt[] = [];
  await Promise.all(Array.from({ length: users }, (_, number) => playPerson(crowd, seed, number, doubts)));
  return doubts;
}

async function playPerson(crowd: Crowd, seed: string, number: number, doubts: Doubt[]): Promise<void> {
  const { scene, tally } = crowd;
  const person = personOf(seed, scene.runId, number);
  await until(crowd, scene.startMs + person.arrival * (lastArrivalMs(scene) - scene.startMs));
  tally.reached('came');
  const signedIn = await clientOf(crowd, person).devToken(person.userId);
  if (signedIn.outcome !== 'OK') return tally.turnedAway('sign in', signedIn.outcome);
  const client = clientOf(crowd, person, signedIn.token);
  await Promise.all([playCardSplit(crowd, person, client, doubts), playTimedSale(crowd, person, client, doubts)]);
}

/** Every grab in doubt is read for the last time, so that each has one final answer. */
export async function settleDoubts(crowd: Crowd, doubts: readonly Doubt[]): Promise<void> {
  await Promise.all(doubts.map((doubt) => settleDoubt(crowd, doubt)));
}
