import { NO_CAMPAIGN } from './campaign-loads';
import { AdmissionQueue, type QueueOptions } from './queue';

export interface Costs {
  readonly serveMs: number;
  readonly refuseMs: number;
  /** After so long the processor is others' for `pauseMs`. */
  readonly runsMs?: number;
  readonly pauseMs?: number;
}

/** One event loop in virtual time: it hears what came, then does what was put off, and both take time. For tests. */
export class SimulatedServer {
  private time = 0;
  private idledMs = 0;
  private untilPause: number;
  readonly queue: AdmissionQueue;
  readonly served = new Map<number, number>();
  readonly waitsMs: number[] = [];
  private readonly waitsMsOf = new Map<string, number[]>();
  refused = 0;
  dropped = 0;
  private putOff: (() => void)[] = [];

  constructor(
    private readonly costs: Costs,
    options: Partial<QueueOptions> = {},
  ) {
    this.untilPause = costs.runsMs ?? Infinity;
    this.queue = new AdmissionQueue({
      lengthMax: 200,
      waitMsMax: 100,
      inFlightMax: 1_000,
      now: () => this.now,
      soon: (work) => this.putOff.push(work),
      activeMs: () => this.time - this.idledMs,
      later: () => undefined,
      ...options,
    });
  }

  get now(): number {
    return this.time;
  }

  /** Time passes, and the more when others have the processor for a while. */
  set now(now: number) {
    this.untilPause -= now - this.time;
    this.time = now;
    for (; this.untilPause <= 0; this.untilPause += this.costs.runsMs ?? Infinity) this.time += this.costs.pauseMs ?? 0;
  }

  /** A request of this level and campaign, which came at `cameAt`. Says whether it was let in. */
  take(level: number, cameAt: number, campaignId = NO_CAMPAIGN): boolean {
    this.now += this.costs.refuseMs;
    if (!this.queue.takes(level, campaignId)) {
      this.refused += 1;
      return false;
    }
    this.queue.add(
      {
        run: () => {
          this.waitsMs.push(this.now - cameAt);
          this.waitsOf(campaignId).push(this.now - cameAt);
          this.now += this.costs.serveMs;
          this.served.set(level, (this.served.get(level) ?? 0) + 1);
          this.queue.finished();
        },
        drop: () => {
          this.now += this.costs.refuseMs;
          this.dropped += 1;
        },
      },
      level,
      campaignId,
    );
    return true;
  }

  /** What those who were served have waited, of one campaign. */
  waitsOf(campaignId: string): number[] {
    const known = this.waitsMsOf.get(campaignId) ?? [];
    this.waitsMsOf.set(campaignId, known);
    return known;
  }

  /** Nothing is to be done until then. */
  idleUntil(now: number): void {
    this.idledMs += Math.max(0, now - this.time);
    this.time = Math.max(this.time, now);
  }

  /** One turn of the loop: what was put off before it began. */
  turn(): void {
    const { putOff } = this;
    this.putOff = [];
    for (const work of putOff) work();
  }

  get idle(): boolean {
    return this.putOff.length === 0;
  }

  get servedInAll(): number {
    let sum = 0;
    for (const count of this.served.values()) sum += count;
    return sum;
  }
}

/** Numbers in [0, 1) that are the same in every run. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface Load {
  /** Requests a second. */
  readonly perSecond: number;
  readonly levelOf: (random: number) => number;
  readonly campaignId?: string;
  /** The client's own refusal. */
  readonly isHeldBack?: (level: number) => boolean;
}

/** Offers a load to a server from now until `untilMs`, evenly but for a random jitter. */
export function offer(server: SimulatedServer, loads: readonly Load[], untilMs: number, random: () => number): void {
  const dueAt = loads.map(() => server.now);
  while (server.now < untilMs) {
    let next = Infinity;
    for (const [no, load] of loads.entries()) {
      while ((dueAt[no] ?? Infinity) <= server.now) {
        const cameAt = dueAt[no] ?? 0;
        dueAt[no] = cameAt + (random() * 2_000) / load.perSecond;
        const level = load.levelOf(random());
        if (load.isHeldBack?.(level) !== true) server.take(level, cameAt, load.campaignId);
      }
      next = Math.min(next, dueAt[no] ?? Infinity);
    }
    if (server.idle) server.idleUntil(Math.min(next, untilMs));
    else server.turn();
  }
}
