import { setTimeout as sleep } from 'node:timers/promises';
import { type Log } from '@floodgate/adapters/kafka';
import { type Outcome } from '@floodgate/kernel';
import { Gauge, type Histogram } from 'prom-client';
import { type BudgetConfig, BUDGETS, type HopName } from './budgets';
import { timeLeftMs } from './deadline';
import { type Metrics } from './metrics';

/** A step on a request's way, as its caller sees it. */
export interface Hop {
  readonly name: HopName;
  readonly budgetMs: number;
  /** Notes how long it took and what came of it; NOT_CALLED when there was no time left to call it, or it is known to be too hot. */
  took(ms: number, outcome: Outcome | 'NOT_CALLED'): void;
  /** As took, without the histogram: for a hop that has one of its own, and is taken by so many that two would be seen. */
  saw(ms: number): void;
}

export interface SlowHop {
  readonly name: HopName;
  readonly ms: number;
  readonly budgetMs: number;
}

const WINDOW_MS = 60_000;
const SLICE_MS = 10_000;
const SLICES = WINDOW_MS / SLICE_MS;

/** The longest time of the last minute, at a glance and without keeping the times. */
class LastMinute {
  private readonly longest = new Float64Array(SLICES);
  private readonly sliceNos = new Float64Array(SLICES).fill(-1);

  add(ms: number, now: number): void {
    const sliceNo = Math.floor(now / SLICE_MS);
    const at = sliceNo % SLICES;
    if (this.sliceNos[at] !== sliceNo) {
      this.sliceNos[at] = sliceNo;
      this.longest[at] = ms;
    } else if (ms > (this.longest[at] ?? 0)) this.longest[at] = ms;
  }

  max(now: number): number {
    const oldest = Math.floor(now / SLICE_MS) - SLICES;
    return Math.max(0, ...this.longest.filter((_, at) => (this.sliceNos[at] ?? -1) > oldest));
  }
}

/** The hops of this process: how long each takes (`hop_seconds`), and which is the slowest of the last minute (`slowest_hop_seconds`). */
export class Hops {
  private readonly seconds: Histogram<'hop' | 'outcome'>;
  private readonly minutes = new Map<HopName, LastMinute>();

  constructor(
    private readonly budgets: BudgetConfig,
    private readonly log: Pick<Log, 'warn'>,
    metrics: Metrics,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.seconds = metrics.histogram('hop_seconds', 'How long a hop of a request took, by what came of it.', [
      'hop',
      'outcome',
    ]);
    const slowest = () => this.slowest();
    new Gauge({
      name: 'floodgate_slowest_hop_seconds',
      help: 'The longest that a hop took within the last minute: of the hop that took longest.',
      labelNames: ['hop'],
      registers: [metrics.registry],
      collect() {
        this.reset();
        const found = slowest();
        if (found) this.set({ hop: found.name }, found.ms / 1_000);
      },
    });
  }

  of(name: HopName): Hop {
    const budgetMs = this.budgets[BUDGETS[name]];
    const minute = this.minutes.get(name) ?? new LastMinute();
    this.minutes.set(name, minute);
    return {
      name,
      budgetMs,
      took: (ms, outcome) => {
        this.seconds.observe({ hop: name, outcome }, ms / 1_000);
        minute.add(ms, this.now());
      },
      saw: (ms) => minute.add(ms, this.now()),
    };
  }

  /** The hop that took longest within the last minute; undefined when there was none. */
  slowest(): SlowHop | undefined {
    return this.lastMinute().at(0);
  }

  /** Says of each hop that came within the last minute beyond half its budget that it did. Meant to be called once a minute. */
  sayWhatIsSlow(): void {
    for (const { name, ms, budgetMs } of this.lastMinute()) {
      if (ms <= budgetMs / 2) continue;
      this.log.warn({ hop: name, longestMs: Math.round(ms), budgetMs }, 'a hop takes more than half its budget');
    }
  }

  /** Slowest first. */
  private lastMinute(): SlowHop[] {
    const now = this.now();
    return [...this.minutes]
      .map(([name, minute]) => ({ name, ms: minute.max(now), budgetMs: this.budgets[BUDGETS[name]] }))
      .filter(({ ms }) => ms > 0)
      .sort((a, b) => b.ms - a.ms);
  }
}

const TIMED_OUT: unique symbol = Symbol('timed out');

/**
 * What `work` comes to, or `late` when that takes longer than the hop's budget or what is left of the request that is being served. It is not broken off,
 * so it must be something that is found out about in another way. Without time left it is not begun. `work` must not throw.
 */
export async function withinBudget<T>(hop: Hop, work: () => Promise<T>, late: T): Promise<T> {
  const leftMs = timeLeftMs(hop.budgetMs);
  if (leftMs <= 0) {
    hop.took(0, 'NOT_CALLED');
    return late;
  }
  const startedAt = performance.now();
  const hurry = new AbortController();
  const timeout = sleep(leftMs, undefined, { signal: hurry.signal }).then(
    (): typeof TIMED_OUT => TIMED_OUT,
    (): typeof TIMED_OUT => TIMED_OUT,
  );
  try {
    const first = await Promise.race([work(), timeout]);
    hop.took(performance.now() - startedAt, first === TIMED_OUT ? 'TRY_LATER' : 'OK');
    return first === TIMED_OUT ? late : first;
  } finally {
    hurry.abort();
  }
}

/** How often Hops.sayWhatIsSlow is to be called. */
export const SAY_WHAT_IS_SLOW_EVERY_MS = WINDOW_MS;
