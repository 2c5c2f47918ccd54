import { setTimeout as sleep } from 'node:timers/promises';

/** Of one instance; null is no limit. */
export interface PaceLimit {
  /** Messages read, wanted or not. */
  readonly eventsPerSecond: number | null;
  /** Partitions at a time. */
  readonly concurrency: number | null;
}

export interface PaceTime {
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** Who waits looks again so often, so that a limit that is lifted is noticed soon. */
const LOOK_EVERY_MS = 250;
/** What is taken at once is at most what so long a time allows: small enough to be even, large enough not to cost a transaction a message. */
const SLICE_MS = 250;

const REAL_TIME: PaceTime = { now: () => performance.now(), sleep: (ms) => sleep(ms) };

/**
 * How fast a consumer may go. It asks before it takes a batch, and takes as much of it as it is told; what is left waits in Kafka, where nothing is
 * lost. The limit is looked up each time, so it may change while somebody waits.
 */
export class ConsumerPace {
  private freeAt = -Infinity;
  private busy = 0;

  constructor(
    private readonly limit: () => PaceLimit,
    private readonly time: PaceTime = REAL_TIME,
  ) {}

  /**
   * Waits until one more partition may be worked on; false when `active` says meanwhile that it is not to be waited for. After true, leave() must
   * follow.
   */
  async enter(active: () => boolean): Promise<boolean> {
    while (active()) {
      if (this.busy < (this.limit().concurrency ?? Infinity)) {
        this.busy += 1;
        return true;
      }
      await this.time.sleep(LOOK_EVERY_MS);
    }
    return false;
  }

  leave(): void {
    this.busy -= 1;
  }

  /**
   * Waits until more may be taken, and says how many: at least 1, at most `wanted`; 0 when `active` says meanwhile that it is not to be waited for.
   * `onWait` is called with each wait, which is no stand-still.
   */
  async take(wanted: number, active: () => boolean, onWait: () => void): Promise<number> {
    while (active()) {
      const { eventsPerSecond } = this.limit();
      if (eventsPerSecond === null) return wanted;
      const now = this.time.now();
      if (now >= this.freeAt) {
        const taken = Math.min(wanted, Math.max(1, Math.floor((eventsPerSecond * SLICE_MS) / 1_000)));
        this.freeAt = Math.max(now, this.freeAt) + (taken * 1_000) / eventsPerSecond;
        return taken;
      }
      onWait();
      await this.time.sleep(Math.min(LOOK_EVERY_MS, this.freeAt - now));
    }
    return 0;
  }
}

/** The strictest of several limits in each respect; none without any. */
export function strictestPace(limits: readonly PaceLimit[]): PaceLimit {
  const least = (values: readonly (number | null)[]) => {
    const bounds = values.filter((value) => value !== null);
    return bounds.length === 0 ? null : Math.min(...bounds);
  };
  return {
    eventsPerSecond: least(limits.map(({ eventsPerSecond }) => eventsPerSecond)),
    concurrency: least(limits.map(({ concurrency }) => concurrency)),
  };
}
