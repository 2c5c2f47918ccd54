import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientOptions, type Fetch, type FloodgateClient, PolicyStore } from '@floodgate/client';
import { type Findings, type Load, type Scene } from './drill';

/** What a person came away with. */
export interface Told {
  readonly outcome: string;
  /** With GAVE_UP: what the last attempt came to. */
  readonly last?: string | undefined;
  /** Less was shown than there is. */
  readonly less?: boolean;
  /** performance.now() from which they waited; from when they came where left out. */
  readonly since?: number;
}

export interface Person {
  readonly page: FloodgateClient;
  readonly userId: string;
  readonly campaignId: string;
  /** Until the drill is over. */
  readonly leftMs: () => number;
}

export type Journey = (person: Person) => Promise<Told>;

export interface CrowdOptions {
  readonly journey: Journey;
  readonly people: number;
  /** They come evenly over so long. */
  readonly overMs: number;
  readonly lastsMs: number;
  readonly signedOut?: boolean;
  readonly options?: Partial<ClientOptions>;
  readonly prepare?: Load['prepare'];
}

/** Kept out by a knob; every other answer of the closed list is what the platform had to say. */
const KEPT_OUT: ReadonlySet<string> = new Set([
  'WAIT',
  'TOO_HOT',
  'DROPPED_BY_PLAN',
  'DROPPED_HERE',
  'THROTTLED_HERE',
  'NOT_DRAWN',
  'NOT_OPEN_YET',
  'CHALLENGE_REQUIRED',
  'SOLD_OUT_FOR_NOW',
  'UNKNOWN_GRAB',
]);

/** No knob does this. */
const BROKEN: ReadonlySet<string> = new Set([
  'INTERNAL',
  'TRY_LATER',
  'OFFLINE',
  'BAD_GATEWAY',
  'UNREADABLE',
  'STREAM_CUT',
  'TOO_FREQUENT',
  'BLOCKED',
  'NO_SUCH_CAMPAIGN',
  'INVALID_REQUEST',
]);

/** People, each with the SDK that pages use, doing one thing. */
export function crowd(options: CrowdOptions): Load {
  const { lastsMs, prepare } = options;
  return { kind: 'people', lastsMs, ...(prepare && { prepare }), run: (scene) => run(options, scene) };
}

async function run(options: CrowdOptions, scene: Scene): Promise<Findings> {
  const { people, overMs } = options;
  const counts = new Counts();
  // One for all, so that the plan is asked for once; everybody evaluates it for themselves.
  const policies = new PolicyStore();
  const visits: Promise<void>[] = [];
  for (let no = 0; no < people; no += 1) {
    const waitMs = scene.startedAt + (no * overMs) / people - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    visits.push(visit(options, scene, policies, counts, no));
  }
  await Promise.all(visits);
  return { ...counts, people, requests: counts.requestsAtMs.length, ownStatements: 0 };
}

class Counts {
  readonly requestsAtMs: number[] = [];
  readonly servedAtMs: number[] = [];
  readonly waitsMs: number[] = [];
  less = 0;
  readonly told: Record<string, number> = {};
  readonly errors: Record<string, number> = {};
}

async function visit(
  { journey, lastsMs, signedOut, options }: CrowdOptions,
  { world, campaignId, runId, startedAt }: Scene,
  policies: PolicyStore,
  counts: Counts,
  no: number,
): Promise<void> {
  const cameAt = performance.now();
  const leftMs = () => Math.max(0, startedAt + lastsMs - performance.now());
  const userId = `${runId}-${no}`;
  const fetch: Fetch = (url, init) => {
    counts.requestsAtMs.push(performance.now());
    return globalThis.fetch(url, init);
  };
  const page = world.pageOf(signedOut === true ? undefined : userId, {
    fetch,
    policies,
    timeBudgetMs: leftMs(),
    ...options,
  });
  const { outcome, last, less, since } = await journey({ page, userId, campaignId, leftMs });
  const told = last ?? outcome;
  counts.told[told] = (counts.told[told] ?? 0) + 1;
  if (BROKEN.has(told)) {
    counts.errors[told] = (counts.errors[told] ?? 0) + 1;
  } else if (!KEPT_OUT.has(told) && outcome !== 'GAVE_UP') {
    const now = performance.now();
    counts.servedAtMs.push(now);
    counts.waitsMs.push(now - (since ?? cameAt));
    if (less === true) counts.less += 1;
  }
}
