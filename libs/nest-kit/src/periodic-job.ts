import { setTimeout as sleep } from 'node:timers/promises';
import { type Log } from '@floodgate/adapters/kafka';
import { outsideRequest } from './grpc-context';

export interface PeriodicJobOptions {
  readonly name: string;
  /** The pause between two rounds. */
  readonly everyMs: number;
  /** One round. True when more is waiting, and the next round should start at once. */
  readonly round: () => Promise<boolean>;
  readonly log: Pick<Log, 'warn'>;
}

const TROUBLE_PAUSE_MS_MAX = 5_000;

/** Runs a round of work again and again, one at a time. A round that throws is logged, and tried again after a growing pause. */
export class PeriodicJob {
  private readonly ending = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: PeriodicJobOptions) {}

  start(): void {
    // Whichever request happens to start it, it is not that one's.
    this.running ??= outsideRequest(() => this.loop());
  }

  /** Resolves when the round in hand has ended. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  private async loop(): Promise<void> {
    const { name, everyMs, round, log } = this.options;
    let failures = 0;
    while (!this.ending.signal.aborted) {
      let pauseMs = everyMs;
      try {
        pauseMs = (await round()) ? 0 : everyMs;
        failures = 0;
      } catch (err) {
        failures += 1;
        pauseMs = Math.min(TROUBLE_PAUSE_MS_MAX, Math.max(everyMs, 50 * 2 ** Math.min(failures, 10)));
        log.warn({ err, job: name, failures }, 'job failed, trying again');
      }
      await this.pause(pauseMs);
    }
  }

  private async pause(ms: number): Promise<void> {
    if (ms === 0) return;
    try {
      await sleep(ms, undefined, { signal: this.ending.signal });
    } catch (error) {
      if (!this.ending.signal.aborted) throw error;
    }
  }
}
