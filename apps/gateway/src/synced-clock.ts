import { type Clock } from '@floodgate/kernel';

const BETTER_FOR_MS = 30_000;
const JITTER_MS = 5;

/**
 * Database time without a database: the local monotonic clock plus an offset learnt from answers that carry database time.
 * Until the first of them it is the local wall clock.
 */
export class SyncedClock implements Clock {
  private best: { offsetMs: number; roundTripMs: number; learntAt: number } | undefined;

  nowMs(): number {
    return this.best === undefined ? Date.now() : Math.round(performance.now() + this.best.offsetMs);
  }

  /**
   * Takes in database time `remoteMs` from an answer asked for at `sentAt` and received at `receivedAt` (performance.now()).
   * A slow answer, which may be wrong by half its round trip, does not replace a recent quick one.
   */
  learn(remoteMs: number, sentAt: number, receivedAt: number): void {
    const roundTripMs = receivedAt - sentAt;
    const stale = this.best === undefined || receivedAt - this.best.learntAt > BETTER_FOR_MS;
    if (!stale && this.best !== undefined && roundTripMs > this.best.roundTripMs + JITTER_MS) return;
    this.best = { offsetMs: remoteMs - (sentAt + receivedAt) / 2, roundTripMs, learntAt: receivedAt };
  }
}
