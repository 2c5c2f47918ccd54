const BUCKET_MS = 100;
const POLL_MIN_MS = 1_000;
const POLL_MAX_MS = 20_000;

/**
 * A cap on requests a second, dealt out in buckets of 100 ms, so that a second's worth is never used up in its first
 * moment. What a bucket leaves over is kept only up to one bucket's worth. Time comes in, so that tests need no clock.
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
    if (this.tokens >= 1) {
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
    const gone = Number.isFinite(this.bucket) ? bucket - this.bucket : 1;
    // A cap below one a bucket must still be able to save up for a whole request.
    this.tokens = Math.min(Math.max(1, perBucket), this.tokens + perBucket * gone);
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
