import { setTimeout as sleep } from 'node:timers/promises';
import { type inventoryV1, Outcome } from '@floodgate/contracts';
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

/** Free or on their way between shards, by pool. Undefined: it is not known. */
type UnitsLeft = ReadonlyMap<string, number | undefined>;

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
 * left, whichever shard it lies in. Then the doors close, everybody hears what they were granted, and there must still be nothing
 * left when they are gone. Returns what did not come to an end in time, as sentences.
 */
export async function settle({ world, plan, crowd, router, note }: Settling): Promise<string[]> {
  const giveUpAtMs = performance.now() + SETTLE_MS_MAX;
  let sent = 0;
  let left: UnitsLeft = new Map();
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
    const isNothingLeft = [...left.values()].every((units) => units === 0);
    if (isNothingLeft && crowd.areDoorsClosed) return [];
    // Somebody whose order will expire may have been granted the last unit, and not have heard of it.
    if (isNothingLeft) crowd.closeTheDoors();
    else sent += sendFresh(crowd, plan, left, sent);
  }
  const wrong = [...unsold(left), ...undecided(crowd)];
  return wrong.length > 0 ? wrong : [`after ${SETTLE_MS_MAX} ms there were still ${crowd.waitsFor}`];
}

/** Sends people for what is left, whose orders never expire; returns how many. What is not known is asked again in a moment. */
function sendFresh(crowd: Crowd, { pools }: SchedulePlan, left: UnitsLeft, from: number): number {
  let sent = 0;
  for (const pool of pools) {
    const missing = (left.get(pool.poolId) ?? 0) - crowd.hopeful(pool.poolId);
    if (missing <= 0) continue;
    crowd.openTheDoors();
    crowd.send(pool, freshPeople(pool, from + sent, missing + FRESH_MORE));
    sent += missing + FRESH_MORE;
  }
  return sent;
}

const unsold = (left: UnitsLeft) =>
  [...left].flatMap(([poolId, units]) =>
    units === 0
      ? []
      : [`${inWords(units)} units of ${poolId} were not sold within ${SETTLE_MS_MAX} ms although people asked`],
  );

const inWords = (units: number | undefined) => units ?? 'some';

const unitsInWords = (left: UnitsLeft) =>
  `units: ${[...left].map(([poolId, units]) => `${inWords(units)} of ${poolId}`).join(', ')}`;

/**
 * A unit that came back is in the log before any instance counts it: who says "unknown grab" has read its shard to the end. False: one
 * did not say so.
 */
async function hasEachReadAll(router: GrabRouter, { campaignId, pools }: SchedulePlan): Promise<boolean> {
  const nobodies = pools.flatMap(({ poolId, shards }) =>
    Array.from({ length: shards }, (_, shardNo) => ({ poolId, userId: nobodyOf(campaignId, poolId, shards, shardNo) })),
  );
  const answers = await Promise.all(
    nobodies.map((nobody) => router.readAll({ campaignId, ...nobody, grabId: 'none', qualificationId: '' })),
  );
  return answers.flat().every((answer) => answer?.outcome === Outcome.OUTCOME_UNKNOWN_GRAB);
}

function nobodyOf(campaignId: string, poolId: string, shards: number, shardNo: number): string {
  for (let n = 0; ; n++) {
    const userId = `nobody-${n}`;
    if (homeShardNo(campaignId, poolId, shards, userId) === shardNo) return userId;
  }
}

async function unitsLeft(router: GrabRouter, plan: SchedulePlan): Promise<UnitsLeft> {
  const isKnown = await hasEachReadAll(router, plan);
  const described = await router.describe(plan.campaignId);
  return new Map(
    plan.pools.map(({ poolId }) => {
      const counts = described.map((list) => list.find((pool) => pool.poolId === poolId));
      return [poolId, isKnown ? mostLeft(counts) : undefined];
    }),
  );
}

/** As the instance says that sees most of them; undefined while one does not answer. */
function mostLeft(counts: readonly (inventoryV1.PoolCount | undefined)[]): number | undefined {
  const units = counts.flatMap((count) => (count === undefined ? [] : [count.free + count.inTransit]));
  return units.length < counts.length ? undefined : Math.max(...units);
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
