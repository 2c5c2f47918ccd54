import { setTimeout as sleep } from 'node:timers/promises';
import { homeShardNo } from '@floodgate/kernel';
import { type Crowd } from './load/crowd';
import { type GrabRouter } from './load/grab-router';
import { type PoolPlan } from './plan/load-plan';
import { type SchedulePlan } from './plan/schedule-plan';
import { untilEndsTaken } from './quiesce';
import { type ChaosWorld } from './world';

/** Twice the minute that is promised on a machine that does nothing else; it only decides how long a failing schedule takes. */
const SETTLE_MS_MAX = 120_000;
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
  let left = new Map<string, number | undefined>();
  let noted = '';
  while (performance.now() < giveUpAtMs) {
    const waitsFor = crowd.isSettled ? unitsInWords(left) : crowd.waitsFor;
    if (waitsFor !== noted) note(`waiting for ${waitsFor}`);
    noted = waitsFor;
    await sleep(POLL_MS);
    if (!crowd.isSettled) continue;
    const late = await untilEndsTaken(world);
    if (late.length > 0) return late;
    await untilFolded(router, plan);
    left = await unitsLeft(router, plan);
    if (!crowd.isSettled) continue;
    if ([...left.values()].every((units) => units === 0)) break;
    for (const pool of plan.pools) {
      const units = left.get(pool.poolId);
      // Not known: it is asked again in a moment.
      if (units === undefined) continue;
      const missing = units - crowd.hopeful(pool.poolId);
      if (missing <= 0) continue;
      crowd.send(pool, freshPeople(pool, sent, missing + FRESH_MORE));
      sent += missing + FRESH_MORE;
    }
  }
  crowd.closeTheDoors();
  while (!crowd.isIdle && performance.now() < giveUpAtMs) await sleep(POLL_MS);
  return [
    ...[...left].flatMap(([poolId, units]) =>
      units === 0
        ? []
        : [`${inWords(units)} units of ${poolId} were not sold within ${SETTLE_MS_MAX} ms although people asked`],
    ),
    ...undecided(crowd),
  ];
}

const inWords = (units: number | undefined) => units ?? 'some';

const unitsInWords = (left: ReadonlyMap<string, number | undefined>) =>
  `units: ${[...left].map(([poolId, units]) => `${inWords(units)} of ${poolId}`).join(', ')}`;

/** A unit that came back is in the log before any instance counts it: whoever says "unknown grab" has read its shard to the end. */
async function untilFolded(router: GrabRouter, { campaignId, pools }: SchedulePlan): Promise<void> {
  const nobodies = pools.flatMap(({ poolId, shards }) =>
    Array.from({ length: shards }, (_, shardNo) => ({ poolId, userId: nobodyOf(campaignId, poolId, shards, shardNo) })),
  );
  await Promise.all(
    nobodies.map((nobody) => router.readAll({ campaignId, ...nobody, grabId: 'none', qualificationId: '' })),
  );
}

function nobodyOf(campaignId: string, poolId: string, shards: number, shardNo: number): string {
  for (let n = 0; ; n++) {
    const userId = `nobody-${n}`;
    if (homeShardNo(campaignId, poolId, shards, userId) === shardNo) return userId;
  }
}

/** Free or on their way between shards, as the instance says that sees most of them. Undefined: nobody answers, so it is not known. */
async function unitsLeft(
  router: GrabRouter,
  { campaignId, pools }: SchedulePlan,
): Promise<Map<string, number | undefined>> {
  const described = await router.describe(campaignId);
  return new Map(
    pools.map(({ poolId }) => {
      const counts = described.flatMap((list) => list.filter((pool) => pool.poolId === poolId));
      if (counts.length === 0) return [poolId, undefined];
      return [poolId, Math.max(...counts.map(({ free, inTransit }) => free + inTransit))];
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
