import { setTimeout as sleep } from 'node:timers/promises';
import { personOf } from './choices';
import { type Crowd } from './crowd';
import { visit } from './daily';
import { VISITORS_AT_ONCE } from './people';
import { type Pace } from './scene';
import { Tally } from './tally';

const WARM_UP_MS = 2_000;
const MEASURED_SECONDS = 3;
const REQUESTS_PER_SECOND_MIN = 10;

/**
 * Sends people through a campaign of their own, which nobody grabs in, to warm the services up and to learn how many visits a
 * second this machine takes: only then can T0 be set so that everyone gets there. `crowd.scene` is the rehearsal's own.
 */
export async function rehearse(crowd: Crowd, seed: string): Promise<Pace> {
  const tally = new Tally();
  const alone: Crowd = { ...crowd, tally };
  let isOver = false;
  let visits = 0;
  const comeAndGo = async () => {
    while (!isOver) await visit(alone, personOf(seed, crowd.scene.runId, (visits += 1)));
  };
  const everyone = Promise.all(Array.from({ length: VISITORS_AT_ONCE }, comeAndGo));
  await sleep(WARM_UP_MS);
  // Attempts, because on a slow machine no visit may begin and end in so short a time; the best second, as it warms up still.
  let attemptsPerSecond = REQUESTS_PER_SECOND_MIN;
  for (let second = 0; second < MEASURED_SECONDS; second += 1) {
    const attemptsBefore = tally.attemptCount();
    const fromMs = Date.now();
    await sleep(1_000);
    const rate = ((tally.attemptCount() - attemptsBefore) * 1_000) / (Date.now() - fromMs);
    attemptsPerSecond = Math.max(attemptsPerSecond, rate);
  }
  isOver = true;
  await everyone;
  return { requestsPerSecond: attemptsPerSecond, visitsPerSecond: (attemptsPerSecond * visits) / tally.attemptCount() };
}
