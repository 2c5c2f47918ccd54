import { setTimeout as sleep } from 'node:timers/promises';
import { type Crowd } from './load/crowd';
import { type GrabRouter } from './load/grab-router';
import { type PoolPlan } from './plan/load-plan';
import { type SchedulePlan } from './plan/schedule-plan';
import { untilEndsTaken } from './quiesce';
import { type ChaosWorld } from './world';

/** The promise is a minute, on a machine that does nothing else; it only decides how long a failing schedule takes. */
const SETTLE_MS_MAX = 45_000;
const POLL_MS = 60;
const FRESH_MORE = 2;

interface Settling {
  readonly world: ChaosWorld;
  readonly plan: SchedulePlan;
  readonly crowd: Crowd;
  readonly router: GrabRouter;
  /** Told what is waited for, whenever that changes. */
  readonly note: (what: string) => void;
}

/**
 * After the last fault: every grab gets a decision, expired orders give their units back, and fresh people come until nothing is
 * left, whichever shard it lies in. Returns what did not come to an end in time, as sentences.
 */
export async function settle({ world, plan, crowd, router, note }: Settling): Promise<string[]> {
  const giveUpAtMs = performance.now() + SETTLE_MS_MAX;
  let sent = 0;
  let left = new Map<string, number>();
  let noted = '';
  while (performance.now() < giveUpAtMs) {
    const waitsFor = crowd.isSettled ? unitsInWords(left) : crowd.waitsFor;
    if (waitsFor !== noted) note(`waiting for ${waitsFor}`);
    noted = waitsFor;
    await sleep(POLL_MS);
    if (!crowd.isSettled) continue;
    const late = await untilEndsTaken(world);
    if (late.length > 0) return late;
    left = await unitsLeft(router, plan);
    if (!crowd.isSettled) continue;
    if ([...left.values()].every((units) => units === 0)) break;
    for (const pool of plan.pools) {
      const missing = (left.get(pool.poolId) ?? 0) - crowd.hopeful(pool.poolId);
      if (missing <= 0) continue;
      crowd.send(pool, freshPeople(pool, sent, missing + FRESH_MORE));
      sent += missing + FRESH_MORE;
    }
  }
  crowd.closeTheDoors();
  while (!crowd.isIdle && performance.now() < giveUpAtMs) await sleep(POLL_MS);
  return [
    ...[...left].flatMap(([poolId, units]) =>
      units > 0 ? [`${units} units of ${poolId} were not sold within ${SETTLE_MS_MAX} ms although people asked`] : [],
    ),
    ...undecided(crowd),
  ];
}

const unitsInWords = (left: ReadonlyMap<string, number>) =>
  `units: ${[...left].map(([poolId, units]) => `${units} of ${poolId}`).join(', ')}`;

/** Free or on their way between shards, as the instance says that sees most of them. */
async function unitsLeft(router: GrabRouter, { campaignId, pools }: SchedulePlan): Promise<Map<string, number>> {
  const described = await router.describe(campaignId);
  return new Map(
    pools.map(({ poolId }) => {
      const counts = described.flatMap((list) => list.filter((pool) => pool.poolId === poolId));
      // Nobody answers: then it is not known.
      const left = counts.length === 0 ? Infinity : Math.max(...counts.map(({ free, inTransit }) => free + inTransit));
      return [poolId, left];
    }),
  );
}

const freshPeople = (pool: PoolPlan, from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${pool.poolId}-fresh-${from + index}`);

function undecided({ undecided: grabs }: Crowd): string[] {
  if (grabs.size === 0) return [];
  const examples = [...grabs].slice(0, 5).map(([grab, last]) => `${grab} (${last})`);
  return [
    `${grabs.size} grabs were not decided within ${SETTLE_MS_MAX} ms after the last fault: ${examples.join(', ')}`,
  ];
}
