import { dropEndsAtMs, isShed } from '@floodgate/domain/degradation-plan';
import { type Sample } from '../rows';
import { type Answer, CAMPAIGN, OwnTime, personOf, seededRandom, T0_MS } from './simulated-people';

const SHARE = 0.5;
const WINDOW_MS = 120_000;
const THINKS_MS = 5_000;
const DROP = {
  shares: { pay: 0, grab: SHARE, qualify: SHARE, browse: SHARE },
  windowMs: WINDOW_MS,
  anchorMs: T0_MS,
};

/** Whether a server lets a person's request in; otherwise what it says. */
type Door = (userId: string, nowMs: number, pass: string | undefined) => Answer;

/**
 * Three steps of a person each, through a server that sheds half: by the plan, and at random, request by request. The first pair of figures is of people
 * who do not come back; in the second each person's SDK does what it is told until their patience of one window is over.
 */
export async function measureJourneys(people: number, seed: number): Promise<Sample> {
  const random = seededRandom(seed);
  const atRandom: Door = () => (random() < SHARE ? { outcome: 'TOO_HOT' } : { outcome: 'OK' });
  const byPlan: Door = (userId, nowMs, pass) => {
    const isOut = pass === undefined && isShed(DROP, 'browse', userId, nowMs);
    if (!isOut) return { outcome: 'OK', pass: 'let-in' };
    return { outcome: 'DROPPED_BY_PLAN', more: { pollAfterMs: dropEndsAtMs(DROP, nowMs) - nowMs } };
  };
  const once = { patienceMs: 0, attemptsMax: 1 };
  const patient = { patienceMs: WINDOW_MS, attemptsMax: 3 };
  const planned = await completed(people, seed, byPlan, once);
  const chance = await completed(people, seed, atRandom, once);
  const plannedPatient = await completed(people, seed, byPlan, patient);
  const chancePatient = await completed(people, seed, atRandom, patient);
  return {
    people,
    plannedOnce: planned / people,
    randomOnce: chance / people,
    timesOnce: planned / chance,
    planned: plannedPatient / people,
    random: chancePatient / people,
    times: plannedPatient / chancePatient,
  };
}

async function completed(
  people: number,
  seed: number,
  door: Door,
  { patienceMs, attemptsMax }: { patienceMs: number; attemptsMax: number },
): Promise<number> {
  const random = seededRandom(seed);
  let done = 0;
  for (let i = 0; i < people; i += 1) {
    const userId = `${seed}-${i}`;
    const time = new OwnTime(T0_MS + random() * WINDOW_MS);
    const answer = (path: string, pass: string | undefined): Answer =>
      path.includes('/policy') ? undefined : door(userId, time.nowMs, pass);
    const person = personOf(userId, time, answer, { random, attemptsMax, timeBudgetMs: patienceMs });
    const steps = [() => person.venue(CAMPAIGN), () => person.cards(CAMPAIGN), () => person.qualification(CAMPAIGN)];
    let isIn = true;
    for (const step of steps) {
      isIn &&= (await step()).outcome === 'OK';
      time.nowMs += THINKS_MS;
    }
    done += isIn ? 1 : 0;
  }
  return done;
}
