import { personOf } from './choices';
import { type Crowd, until } from './crowd';
import { visit } from './daily';
import { type Doubt, settleDoubt } from './grab-and-tell';
import { playCardSplit } from './play-card-split';
import { playTimedSale } from './play-timed-sale';
import { lastArrivalMs } from './scene';
import { Turnstile } from './turnstile';

/** Real visits are spread over days; at T0 nobody is held back. */
export const VISITORS_AT_ONCE = 24;
const DOUBTS_AT_ONCE = 100;

/** Everyone comes when they like and takes part in both campaigns. Returns the grabs whose end their people do not know. */
export async function playEveryone(crowd: Crowd, users: number, seed: string): Promise<readonly Doubt[]> {
  const doubts: Doubt[] = [];
  const door = new Turnstile(VISITORS_AT_ONCE);
  await Promise.all(Array.from({ length: users }, (_, number) => playPerson(crowd, seed, number, door, doubts)));
  return doubts;
}

async function playPerson(crowd: Crowd, seed: string, number: number, door: Turnstile, doubts: Doubt[]): Promise<void> {
  const { scene } = crowd;
  const person = personOf(seed, scene.runId, number);
  await until(crowd, scene.startMs + person.arrival * (lastArrivalMs(scene) - scene.startMs));
  const visitor = await door.through(() => visit(crowd, person));
  if (visitor === undefined) return;
  await Promise.all([
    playCardSplit(crowd, person, visitor, doubts),
    playTimedSale(crowd, person, visitor.client, doubts),
  ]);
}

/** Every grab in doubt is read for the last time, so that each has one final answer. */
export async function settleDoubts(crowd: Crowd, doubts: readonly Doubt[]): Promise<void> {
  const door = new Turnstile(DOUBTS_AT_ONCE);
  await Promise.all(doubts.map((doubt) => door.through(() => settleDoubt(crowd, doubt))));
}
