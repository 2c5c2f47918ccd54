/** What was asked for and let through in one bucket of 100 ms, over all instances. */
export interface BucketCount {
  readonly bucket: number;
  readonly asked: number;
  readonly taken: number;
}

/** Buckets in which the cap may be used less, as when an instance has just died; both ends belong to it. */
export interface Excused {
  readonly from: number;
  readonly to: number;
}

export interface BucketErrors {
  /** By how much the fullest bucket is above the cap, in percent; never below 0. */
  readonly abovePercent: number;
  /** By how much the emptiest is below it, of those with enough asked for that are not excused; never below 0. */
  readonly belowPercent: number;
  /** The same of those that are excused. */
  readonly belowExcusedPercent: number;
  /** Buckets that the middle figure is made of. */
  readonly judged: number;
}

/** A bucket with less asked for says nothing of a cap that is not reached. */
const ENOUGH_ASKED = 1.2;

/** How far the buckets are off a cap of `perBucket`. */
export function bucketErrors(
  counts: readonly BucketCount[],
  perBucket: number,
  excused: readonly Excused[],
): BucketErrors {
  const isExcused = ({ bucket }: BucketCount) => excused.some(({ from, to }) => from <= bucket && bucket <= to);
  const enough = counts.filter(({ asked }) => asked >= perBucket * ENOUGH_ASKED);
  const percentBelow = (of: readonly BucketCount[]) =>
    of.reduce((worst, { taken }) => Math.max(worst, (1 - taken / perBucket) * 100), 0);
  const judged = enough.filter((count) => !isExcused(count));
  return {
    abovePercent: counts.reduce((worst, { taken }) => Math.max(worst, (taken / perBucket - 1) * 100), 0),
    belowPercent: percentBelow(judged),
    belowExcusedPercent: percentBelow(enough.filter(isExcused)),
    judged: judged.length,
  };
}
