import { type Log } from '@floodgate/adapters/kafka';
import { createRedis, createSubscriber, type RedisClient } from '@floodgate/adapters/redis';
import {
  BUILT_IN_SNAPSHOT,
  effectivePolicy,
  type EffectivePolicy,
  type PlanSnapshot,
  type PlanTimeline,
} from '@floodgate/domain/degradation-plan';
import { type Clock } from '@floodgate/kernel';
import { PeriodicJob } from './periodic-job';
import { SnapshotFile } from './plan-follower-disk';
import {
  type Acknowledgement,
  openSnapshot,
  type PlanKeys,
  planKeys,
  type SnapshotRefusal,
} from './plan-follower-snapshot';

export interface PlanFollowerOptions {
  readonly app: string;
  readonly instanceId: string;
  readonly redisUrl: string;
  readonly policySecret: string;
  readonly stateDir: string;
  readonly pollEveryMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly keys?: PlanKeys;
  readonly onApplied?: (snapshot: PlanSnapshot) => void;
  readonly onRefused?: (reason: RefusalReason) => void;
}

/** Where the snapshot in force came from. */
export type PlanSource = 'built-in' | 'disk' | 'push' | 'poll';

/** `older` and `conflict` (the same version with another content) besides what is wrong with the snapshot itself. */
export type RefusalReason = SnapshotRefusal | 'older' | 'conflict';

interface CachedPolicy {
  readonly t0Ms: number;
  readonly fromMs: number;
  readonly policy: EffectivePolicy;
}

const FIRST_CONTACT_WAIT_MS = 1_000;
const CACHED_CAMPAIGNS_MAX = 10_000;
const REFUSAL_LOG_EVERY_MS = 10_000;

/**
 * Follows the plan: the last snapshot from disk, then whatever newer one Redis pushes or a poll finds. Whoever is dead, the
 * plan service, Redis or both, the last plan stays in force and tier 1 comes on time, because it is computed here.
 */
export class PlanFollower {
  private readonly keys: PlanKeys;
  private readonly file: SnapshotFile;
  private readonly subscriber: RedisClient;
  private readonly commands: RedisClient;
  private readonly polling: PeriodicJob;
  private readonly cache = new Map<string, CachedPolicy>();
  private current = { snapshot: BUILT_IN_SNAPSHOT, signed: '', source: 'built-in' as PlanSource, appliedAtMs: 0 };
  private refusalLoggedAtMs = -Infinity;

  constructor(private readonly options: PlanFollowerOptions) {
    this.keys = options.keys ?? planKeys();
    this.file = new SnapshotFile(options.stateDir);
    this.subscriber = createSubscriber(options.redisUrl);
    this.commands = createRedis(options.redisUrl);
    this.polling = new PeriodicJob({
      name: 'plan poll',
      everyMs: options.pollEveryMs,
      log: options.log,
      round: async () => {
        if (this.commands.status === 'ready') await this.poll();
        return false;
      },
    });
  }

  /** Takes the snapshot on disk, then waits for Redis for a second at most. Never fails because something is away. */
  async start(): Promise<void> {
    await this.loadFromDisk();
    this.watch(this.subscriber);
    this.watch(this.commands);
    this.subscriber.on('message', (_channel: string, signed: string) => this.offer(signed, 'push'));
    // After each connect of either: whichever comes last finds what was missed.
    this.subscriber.on('ready', () => void this.subscribe());
    this.commands.on('ready', () => void this.pollNow());
    const contact = Promise.all([this.connect(this.subscriber), this.connect(this.commands)]);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      contact.then(() => this.pollNow()),
      new Promise((resolve) => (timer = setTimeout(resolve, FIRST_CONTACT_WAIT_MS))),
    ]);
    clearTimeout(timer);
    this.polling.start();
  }

  async stop(): Promise<void> {
    this.subscriber.disconnect();
    await this.polling.stop();
    this.commands.disconnect();
    await this.file.settled();
  }

  /** What holds for a campaign. Computed once per campaign for as long as it holds. */
  policyFor(timeline: PlanTimeline, nowMs = this.options.clock.nowMs()): EffectivePolicy {
    const cached = this.cache.get(timeline.campaignId);
    if (cached?.t0Ms === timeline.t0Ms && cached.fromMs <= nowMs && nowMs < cached.policy.stableUntilMs)
      return cached.policy;
    const { plan, tiers } = this.current.snapshot;
    const policy = effectivePolicy(plan, timeline, nowMs, tiers);
    if (this.cache.size >= CACHED_CAMPAIGNS_MAX) this.cache.clear();
    this.cache.set(timeline.campaignId, { t0Ms: timeline.t0Ms, fromMs: nowMs, policy });
    return policy;
  }

  /** The snapshot in force. */
  get snapshot(): PlanSnapshot {
    return this.current.snapshot;
  }

  get source(): PlanSource {
    return this.current.source;
  }

  /** The snapshot as it was signed, to be passed on; empty while the built-in plan is in force. */
  get signedSnapshot(): string {
    return this.current.signed;
  }

  private async loadFromDisk(): Promise<void> {
    try {
      const signed = await this.file.read();
      if (signed !== undefined) this.offer(signed, 'disk');
    } catch (err) {
      this.options.log.error({ err }, 'the plan snapshot on disk cannot be read');
    }
  }

  /** Takes a signed snapshot when it is genuine and newer than the one in force. */
  private offer(signed: string, source: Exclude<PlanSource, 'built-in'>): void {
    if (signed === this.current.signed) return;
    const opened = openSnapshot(signed, this.options.policySecret);
    if (!opened.ok) return this.refuse(opened.reason, source);
    const { snapshot } = opened;
    const inForce = this.current.snapshot;
    if (snapshot.version < inForce.version) return this.refuse('older', source);
    if (snapshot.version === inForce.version) {
      if (snapshot.hash !== inForce.hash) this.refuse('conflict', source);
      return;
    }
    this.apply(snapshot, signed, source);
  }

  private apply(snapshot: PlanSnapshot, signed: string, source: PlanSource): void {
    this.current = { snapshot, signed, source, appliedAtMs: this.options.clock.nowMs() };
    this.cache.clear();
    const { version, hash, planNo } = snapshot;
    this.options.log.info({ version, hash, planNo, source }, 'plan applied');
    this.options.onApplied?.(snapshot);
    if (source !== 'disk') {
      this.file
        .write(signed)
        .catch((err: unknown) => this.options.log.error({ err, version }, 'plan snapshot not written'));
    }
    // The next poll acknowledges when this one cannot.
    if (this.commands.status === 'ready') {
      this.acknowledge().catch((err: unknown) => this.options.log.warn({ err, version }, 'plan not acknowledged yet'));
    }
  }

  private refuse(reason: RefusalReason, source: PlanSource): void {
    this.options.onRefused?.(reason);
    const nowMs = performance.now();
    if (nowMs - this.refusalLoggedAtMs < REFUSAL_LOG_EVERY_MS) return;
    this.refusalLoggedAtMs = nowMs;
    const fields = { reason, source, inForce: this.current.snapshot.version };
    // An older one is what a late message or a restored Redis brings; anything else should not exist.
    if (reason === 'older') this.options.log.warn(fields, 'older plan snapshot ignored');
    else this.options.log.error(fields, 'plan snapshot refused');
  }

  private async poll(): Promise<void> {
    const signed = await this.commands.get(this.keys.current);
    if (signed !== null) this.offer(signed, 'poll');
    await this.acknowledge();
  }

  private async pollNow(): Promise<void> {
    if (this.commands.status !== 'ready') return;
    await this.poll().catch((err: unknown) => this.options.log.warn({ err }, 'plan not polled yet'));
  }

  private async acknowledge(): Promise<void> {
    const { app, instanceId, clock } = this.options;
    const { snapshot, appliedAtMs } = this.current;
    const acknowledgement: Acknowledgement = {
      instanceId,
      app,
      version: snapshot.version,
      hash: snapshot.hash,
      appliedAtMs,
      seenAtMs: clock.nowMs(),
    };
    await this.commands.hset(this.keys.acks, instanceId, JSON.stringify(acknowledgement));
  }

  /** Subscribes first, then looks, so that nothing falls between the two. */
  private async subscribe(): Promise<void> {
    try {
      await this.subscriber.subscribe(this.keys.channel);
    } catch (err) {
      this.options.log.warn({ err }, 'plan channel not subscribed');
    }
    await this.pollNow();
  }

  private async connect(redis: RedisClient): Promise<void> {
    try {
      await redis.connect();
    } catch (err) {
      this.options.log.warn({ err }, 'the plan is followed from disk until Redis is back');
    }
  }

  private watch(redis: RedisClient): void {
    let away = false;
    redis.on('ready', () => (away = false));
    redis.on('error', (err: unknown) => {
      if (!away) this.options.log.warn({ err }, 'plan connection lost');
      away = true;
    });
  }
}
