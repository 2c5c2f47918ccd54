import { type RedisClient } from '@floodgate/adapters/redis';
import { activityV1 } from '@floodgate/contracts';
import { type Clock } from '@floodgate/kernel';
import { callUnary, CLOCK, Lifecycle, LOG, Metrics, PeriodicJob } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Logger } from 'pino';
import { type Counter } from 'prom-client';
import { type Config, CONFIG } from '../config';
import { GATEWAY_REDIS } from '../gateway-redis';
import { Services } from '../services';
import { type Excess } from './frequency-limits';

/** In a network many are innocent: it is slowed down, and never listed by itself. */
type Offender = 'user' | 'device';

const FLUSH_EVERY_MS = 1_000;
/** Of those that are counted between two flushes; a flood of more names than that is no repetition. */
const COUNTED_MAX = 10_000;

/**
 * Who is told TOO_FREQUENT again and again, over all gateways, is put on the blacklist for a while. Counts in memory, shares them with Redis in the
 * background; without Redis each gateway counts for itself.
 */
@Injectable()
export class RepeatOffenders implements OnApplicationBootstrap {
  private counts = new Map<string, number>();
  private window = -1;
  /** Of this window: what this gateway has counted, for as long as Redis is away, and who is listed already. */
  private readonly totals = new Map<string, number>();
  private readonly listed = new Set<string>();
  private readonly job: PeriodicJob;
  private readonly listings: Counter<'kind'>;

  constructor(
    @Inject(GATEWAY_REDIS) private readonly redis: RedisClient,
    private readonly services: Services,
    private readonly lifecycle: Lifecycle,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.listings = metrics.counter('listed_for_excess_total', 'Put on the blacklist for coming too often.', ['kind']);
    this.job = new PeriodicJob({ name: 'repeat offenders', everyMs: FLUSH_EVERY_MS, round: () => this.round(), log });
  }

  onApplicationBootstrap(): void {
    this.job.start();
    this.lifecycle.onStop(() => this.job.stop());
  }

  /** Takes in that somebody was refused as TOO_FREQUENT. */
  count({ by, subject }: Excess): void {
    if (by === 'network') return;
    const key = `${by}:${subject}`;
    const known = this.counts.get(key);
    if (known === undefined && this.counts.size >= COUNTED_MAX) return;
    this.counts.set(key, (known ?? 0) + 1);
  }

  private async round(): Promise<boolean> {
    const counts = this.counts;
    this.counts = new Map();
    // By the time that all gateways go by, or they would not add up.
    const window = Math.floor(this.clock.nowMs() / this.config.EXCESS_WINDOW_MS);
    if (window !== this.window) {
      this.window = window;
      this.totals.clear();
      this.listed.clear();
    }
    for (const [key, count] of counts) this.totals.set(key, (this.totals.get(key) ?? 0) + count);
    const totals = await this.countTogether(counts, window);
    for (const [key, total] of totals) {
      if (total >= this.config.EXCESS_MAX && !this.listed.has(key)) await this.list(key, total);
    }
    return false;
  }

  /** Totals over all gateways of whoever was counted here now; this gateway's own where Redis does not answer. */
  private async countTogether(counts: ReadonlyMap<string, number>, window: number): Promise<Map<string, number>> {
    const own = new Map([...counts.keys()].map((key) => [key, this.totals.get(key) ?? 0]));
    if (counts.size === 0 || this.redis.status !== 'ready') return own;
    const { CAP_GROUP, EXCESS_WINDOW_MS } = this.config;
    try {
      await Promise.all(
        [...counts].map(async ([key, count]) => {
          const name = `excess:${CAP_GROUP}:${window}:${key}`;
          const total = await this.redis.incrby(name, count);
          if (total === count) await this.redis.pexpire(name, 2 * EXCESS_WINDOW_MS);
          own.set(key, Math.max(total, own.get(key) ?? 0));
        }),
      );
    } catch (err) {
      this.log.warn({ err }, 'excess is counted by this gateway alone');
    }
    return own;
  }

  private async list(key: string, total: number): Promise<void> {
    const [kind = '', subject = ''] = key.split(':') as [Offender, string];
    const { EXCESS_WINDOW_MS, LISTED_FOR_MS } = this.config;
    const { activity, hops } = this.services;
    const request = activityV1.ListSubjectRequest.fromPartial({
      kind,
      subject,
      reason: `TOO_FREQUENT ${total} times within ${EXCESS_WINDOW_MS} ms`,
      listedBy: 'gateway',
      forMs: String(LISTED_FOR_MS),
      automatic: true,
    });
    try {
      await callUnary(activity, activity.listSubject, request, hops.activity);
    } catch (err) {
      // Whoever goes on is counted on, and listed at the next round.
      this.log.warn({ err, kind }, 'not put on the blacklist yet');
      return;
    }
    this.listed.add(key);
    this.listings.inc({ kind });
  }
}
