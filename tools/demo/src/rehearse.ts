import { personOf } from './choices';
import { type Crowd } from './crowd';
import { visit } from './daily';
import { VISITORS_AT_ONCE } from './people';
import { Tally } from './tally';

const WARM_UP_MS = 2_000;
const MEASURED_MS = 3_000;
const PEOPLE_PER_SECOND_MIN = 1;

/**
 * Sends people through a campaign of their own, which nobody grabs in, to warm the services up and to learn how many visits a
 * second this machine can take: only then can T0 be set so that everyone gets there. `crowd.scene` is the rehearsal's own.
 */
export async function rehearse(crowd: Crowd, seed: string): Promise<number> {
  const alone: Crowd = { ...crowd, tally: new Tally() };
  const startedAtMs = Date.now();
  const measuredFromMs = startedAtMs + WARM_UP_MS;
  const endsAtMs = measuredFromMs + MEASURED_MS;
  let next = 0;
  let done = 0;
  const comeAndGo = async () => {
    while (Date.now() < endsAtMs) {
      const isMeasured = Date.now() >= measuredFromMs;
      await visit(alone, personOf(seed, crowd.scene.runId, (next += 1)));
      if (isMeasured) done += 1;
    }
  };
  await Promise.all(Array.from({ length: VISITORS_AT_ONCE }, comeAndGo));
  // Visits that had begun before the end were waited for, so the time is what it took.
  const tookMs = Date.now() - measuredFromMs;
  return Math.max(PEOPLE_PER_SECOND_MIN, (done * 1_000) / tookMs);
}
