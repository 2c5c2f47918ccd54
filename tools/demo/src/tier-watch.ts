import { setTimeout as sleep } from 'node:timers/promises';
import { type Tier } from '@floodgate/domain/degradation-plan';
import { type App, appOf, type Instance, INSTANCES, type Stack } from '@floodgate/tools/stack';

/** What one process answered when it was asked for its tier. Times are milliseconds of database time. */
export interface TierAnswer {
  readonly askedMs: number;
  readonly answeredMs: number;
  /** By the process's own clock. */
  readonly nowMs: number;
  readonly pid: number;
  readonly tier: Tier;
  readonly version: number;
  readonly source: string;
}

/** When a process was first seen in tier 1. */
export interface TierSeen {
  readonly pid: number;
  readonly service: App;
  readonly instance: Instance;
  readonly tier: Tier;
  /** Database time; null when it was not seen in tier 1 at all. */
  readonly at: string | null;
  /** Where the plan that it followed then came from: push, poll, disk or built-in. */
  readonly source: string;
  readonly version: number;
  /** `at` against the time that the plan says. It may be the question that was late: see lastBelowMs. */
  readonly lateMs: number | null;
  /** The last question that was answered with a lower tier was sent so long after that time, before it where negative. */
  readonly lastBelowMs: number | null;
  /** What its clock can be off at the most, by its quickest answer; null when it never answered. By that clock it comes into the tier, watched or not. */
  readonly clockOffMsMax: number | null;
}

/** What is watched: tier 1 of a campaign, which is due at `dueMs` of database time. */
export interface Watched {
  readonly campaignId: string;
  readonly t0Ms: number;
  readonly dueMs: number;
}

const ASK_FROM_MS = 500;
const ASK_EVERY_MS = 10;
const ASK_MS_MAX = 2_000;
const GIVE_UP_AFTER_MS = 10_000;

/** Every process that follows the plan; the plan service itself does not. */
export const FOLLOWERS: readonly Instance[] = INSTANCES.filter((instance) => instance !== 'degradation-plan');

/** Asks each process for its tier, again and again around the time that tier 1 is due, until it is in it. `nowMs` is database time. */
export async function watchTier1(stack: Stack, watched: Watched, nowMs: () => number): Promise<TierSeen[]> {
  await sleep(Math.max(0, watched.dueMs - ASK_FROM_MS - nowMs()));
  return Promise.all(
    FOLLOWERS.map(async (instance) => {
      const answers: TierAnswer[] = [];
      while ((answers.at(-1)?.tier ?? 0) < 1 && nowMs() < watched.dueMs + GIVE_UP_AFTER_MS) {
        const answer = await askTier(stack.urlOf(instance), watched, nowMs);
        if (answer !== undefined) answers.push(answer);
        await sleep(ASK_EVERY_MS);
      }
      const pid = stack.apps.find((app) => app.instance === instance)?.pid ?? 0;
      return { ...seenIn(answers, watched.dueMs, pid), service: appOf(instance), instance };
    }),
  );
}

/** Undefined when the process does not answer, as one that is being restarted. */
async function askTier(
  baseUrl: string,
  { campaignId, t0Ms }: Watched,
  nowMs: () => number,
): Promise<TierAnswer | undefined> {
  const askedMs = nowMs();
  try {
    const response = await fetch(`${baseUrl}/health/plan?campaignId=${campaignId}&t0Ms=${t0Ms}`, {
      signal: AbortSignal.timeout(ASK_MS_MAX),
    });
    if (!response.ok) return undefined;
    const answer = (await response.json()) as Omit<TierAnswer, 'askedMs' | 'answeredMs'>;
    return { ...answer, askedMs, answeredMs: nowMs() };
  } catch {
    // Nobody listens there for now; who never answers is reported as not seen.
    return undefined;
  }
}

/** What a process's answers, in order, say of its tier 1. `pid` is what it is where none came. */
export function seenIn(
  answers: readonly TierAnswer[],
  dueMs: number,
  pid: number,
): Omit<TierSeen, 'service' | 'instance'> {
  const first = answers.find(({ tier }) => tier >= 1);
  const before = answers.findLast(({ tier }) => tier < 1);
  const shown = first ?? before;
  const seenMs = first && seenAtMs(first);
  return {
    pid: shown?.pid ?? pid,
    tier: shown?.tier ?? 0,
    at: seenMs === undefined ? null : new Date(seenMs).toISOString(),
    source: shown?.source ?? 'unknown',
    version: shown?.version ?? 0,
    lateMs: seenMs === undefined ? null : Math.round(seenMs - dueMs),
    lastBelowMs: before === undefined ? null : Math.round(before.askedMs - dueMs),
    clockOffMsMax: answers.length === 0 ? null : Math.ceil(Math.min(...answers.map(clockOffMsMax))),
  };
}

/** When the process looked, as it says itself, and surely between the question and the answer. */
function seenAtMs({ askedMs, answeredMs, nowMs }: TierAnswer): number {
  return Math.min(answeredMs, Math.max(askedMs, nowMs));
}

/** Its clock showed `nowMs` at some instant between the two. */
function clockOffMsMax({ askedMs, answeredMs, nowMs }: TierAnswer): number {
  return Math.max(Math.abs(nowMs - askedMs), Math.abs(answeredMs - nowMs));
}
