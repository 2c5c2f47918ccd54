/** Caps count in buckets of so many milliseconds. */
export const BUCKET_MS = 100;

const SLICES = 20;
const SLICE_MS = BUCKET_MS / SLICES;
const FRACTION_MAX = 0.999;
const ROUNDING = 1e-6;

/** The number of the bucket that `nowMs` is in. */
export const bucketAt = (nowMs: number): number => Math.floor(nowMs / BUCKET_MS);

// By so many the time may go back because it was learnt anew. By more it is another clock's: of the server that took over.
const LEARNT_ANEW_BUCKETS = 5;

/** Whether it is a bucket's turn after `before`. */
export const isNext = (bucket: number, before: number): boolean =>
  bucket > before || bucket < before - LEARNT_ANEW_BUCKETS;

/** How much of a bucket's tokens may be gone at `nowMs`: they are let out in slices of 5 ms, not all in its first moment. */
export const letOutShare = (nowMs: number): number =>
  (Math.floor((nowMs - bucketAt(nowMs) * BUCKET_MS) / SLICE_MS) + 1) / SLICES;

/**
 * Requests a second, dealt out in buckets of 100 ms and within a bucket evenly, so that instances whose clocks differ by a few milliseconds stay
 * within the cap together. What a bucket leaves over is gone, but for a fraction of a request. Time comes in, so that tests need no clock.
 */
export class PacedBucket {
  private bucket = -Infinity;
  private dealt = 0;
  private left = 0;

  /** True when a request at `nowMs` is within `perSecond`, which counts from the next bucket on when it changes. */
  take(perSecond: number, nowMs: number): boolean {
    const bucket = bucketAt(nowMs);
    if (isNext(bucket, this.bucket)) this.deal(perSecond, bucket);
    if (this.left <= 1 - ROUNDING || this.dealt - this.left >= this.dealt * letOutShare(nowMs)) return false;
    this.left -= 1;
    return true;
  }

  private deal(perSecond: number, bucket: number): void {
    const perBucket = (perSecond * BUCKET_MS) / 1_000;
    const isFirst = !Number.isFinite(this.bucket) || bucket < this.bucket;
    const before = Math.min(this.left, FRACTION_MAX);
    // A fraction left over counts for the next bucket, or a cap of 25 would let 20 through.
    const saved = isFirst ? 0 : before + perBucket * (bucket - this.bucket);
    this.dealt =
      isFirst && perSecond > 0 ? Math.max(1, perBucket) : Math.min(saved, Math.max(1, perBucket + FRACTION_MAX));
    this.left = this.dealt;
    this.bucket = bucket;
  }
}
