const BETTER_FOR_MS = 30_000;
const JITTER_MS = 1;

/** The board's time by the local monotonic clock. */
export class BoardTime {
  private best: { readonly offsetMs: number; readonly roundTripMs: number; readonly learntAt: number } | undefined;

  /** By performance.now(); the local wall clock until the board has answered once. */
  at(localMs: number): number {
    return localMs + (this.best?.offsetMs ?? performance.timeOrigin);
  }

  /**
   * Takes in the board's time out of an answer. One that took long may be wrong by half of that, and does not replace a recent quick one, unless not even that
   * explains the difference.
   */
  learn(boardMs: number, sentAt: number, receivedAt: number): void {
    const roundTripMs = receivedAt - sentAt;
    const { best } = this;
    const offsetMs = boardMs - (sentAt + receivedAt) / 2;
    if (best !== undefined && receivedAt - best.learntAt < BETTER_FOR_MS) {
      const isSlow = roundTripMs > best.roundTripMs + JITTER_MS;
      const mayBothHold = Math.abs(offsetMs - best.offsetMs) <= (roundTripMs + best.roundTripMs) / 2 + JITTER_MS;
      if (isSlow && mayBothHold) return;
    }
    this.best = { offsetMs, roundTripMs, learntAt: receivedAt };
  }
}
