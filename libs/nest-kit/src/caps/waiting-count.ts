const POLL_MIN_MS = 1_000;
const POLL_MAX_MS = 20_000;

/** How many a cap turns away, and so when the next one should come back. */
export class WaitingCount {
  private second = -Infinity;
  private refused = 0;
  private refusedBefore = 0;

  add(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.second) {
      this.refusedBefore = second === this.second + 1 ? this.refused : 0;
      this.refused = 0;
      this.second = second;
    }
    this.refused += 1;
  }

  /** The longer, the more are turned away, where `perSecond` get through. Within 1 s and 20 s. */
  pollAfterMs(perSecond: number): number {
    const waiting = Math.max(this.refused, this.refusedBefore);
    const drainMs = perSecond > 0 ? (waiting / perSecond) * 1_000 : POLL_MAX_MS;
    return Math.round(Math.min(POLL_MAX_MS, Math.max(POLL_MIN_MS, drainMs)));
  }
}
