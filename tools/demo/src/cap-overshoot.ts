import { type GrabSeen } from './sightings';

/** The fullest 100 ms of a cap. */
export interface FullestBucket {
  readonly grabs: number;
  /** Above what the cap allows in 100 ms, as a share of it; negative below. */
  readonly overshoot: number;
  /** Database time at which the bucket begins; null when there was no grab. */
  readonly at: string | null;
}

/** The cap on grabs of one campaign, against what clients saw pass it. */
export interface CapOvershoot {
  readonly campaignId: string;
  readonly perSecond: number;
  readonly per100Ms: number;
  /** What the cap may be off in 100 ms. */
  readonly bound: number;
  /** Grabs by when their answers came. Answers bunch where the machine is busy, so this may be above what was let through. */
  readonly answered: FullestBucket;
  /** Grabs that were sent and answered within the same 100 ms, and so were surely let through in it. */
  readonly surely: FullestBucket;
}

const BUCKET_MS = 100;
const BOUND = 0.02;

/** What is only told behind the cap; every other outcome may also come from a step before it. */
const BEHIND_THE_CAP: ReadonlySet<string> = new Set([
  'GRANTED',
  'ALREADY_GRANTED',
  'NOT_QUALIFIED',
  'QUALIFICATION_SPENT',
]);

/** Of the grabs of one campaign that were answered before `untilMs`, when its cap begins to widen. */
export function capOvershoot(
  grabs: readonly GrabSeen[],
  { campaignId, perSecond, untilMs }: { campaignId: string; perSecond: number; untilMs: number },
): CapOvershoot {
  const passed = grabs.filter(
    (grab) => grab.campaignId === campaignId && grab.answeredMs < untilMs && BEHIND_THE_CAP.has(grab.outcome),
  );
  const per100Ms = (perSecond * BUCKET_MS) / 1_000;
  const within = passed.filter(({ sentMs, answeredMs }) => bucketOf(sentMs) === bucketOf(answeredMs));
  return {
    campaignId,
    perSecond,
    per100Ms,
    bound: BOUND,
    answered: fullest(passed, per100Ms),
    surely: fullest(within, per100Ms),
  };
}

const bucketOf = (atMs: number) => Math.floor(atMs / BUCKET_MS);

function fullest(grabs: readonly GrabSeen[], per100Ms: number): FullestBucket {
  const counts = new Map<number, number>();
  for (const { answeredMs } of grabs) counts.set(bucketOf(answeredMs), (counts.get(bucketOf(answeredMs)) ?? 0) + 1);
  const [bucket, count] = [...counts].reduce<readonly [number | undefined, number]>(
    (most, one) => (one[1] > most[1] ? one : most),
    [undefined, 0],
  );
  return {
    grabs: count,
    overshoot: count / per100Ms - 1,
    at: bucket === undefined ? null : new Date(bucket * BUCKET_MS).toISOString(),
  };
}
