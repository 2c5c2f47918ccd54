const BUCKET_MS = 100;
const FRACTION_MAX = 0.999;
const ROUNDING = 1e-6;
const POLL_MIN_MS = 1_000;
const POLL_MAX_MS = 20_000;

/**
 * A cap on requests a second, dealt out in buckets of 100 ms, so that a second's worth is never used up in its first
 * moment. What a bucket leaves over is gone, but for a fraction of a request. Time comes in, so that tests need no clock.
 */
export class RateCap {
  private bucket = -Infinity;
  private tokens = 0;
  private second = -Infinity;
  private refused = 0;
  private refusedBefore = 0;

  /** True when the request at `atMs` (monotonic) is within `perSecond`. */
  take(perSecond: number, atMs: number): boolean {
    const bucket = Math.floor(atMs / BUCKET_MS);
    if (bucket > this.bucket) this.deal(perSecond, bucket);
    if (this.tokens > 1 - ROUNDING) {
      this.tokens -= 1;
      return true;
    }
    this.countRefusal(atMs);
    return false;
  }

  /** When a refused client should come back: the longer, the more are being refused. Within 1 s and 20 s. */
  pollAfterMs(perSecond: number): number {
    const waiting = Math.max(this.refused, this.refusedBefore);
    const drainMs = perSecond > 0 ? (waiting / perSecond) * 1_000 : POLL_MAX_MS;
    return Math.round(Math.min(POLL_MAX_MS, Math.max(POLL_MIN_MS, drainMs)));
  }

  private deal(perSecond: number, bucket: number): void {
    const perBucket = (perSecond * BUCKET_MS) / 1_000;
    const isFirst = !Number.isFinite(this.bucket);
    const dealt = isFirst ? Math.max(1, perBucket) : this.tokens + perBucket * (bucket - this.bucket);
    // A fraction left over counts for the next bucket, or a cap of 25 would let 20 through; a whole request does not.
    this.tokens = Math.min(dealt, Math.max(1, perBucket + FRACTION_MAX));
    this.bucket = bucket;
  }

  private countRefusal(atMs: number): void {
    const second = Math.floor(atMs / 1_000);
    if (second !== this.second) {
      this.refusedBefore = second === this.second + 1 ? this.refused : 0;
      this.refused = 0;
      this.second = second;
    }
    this.refused += 1;
  }
}
