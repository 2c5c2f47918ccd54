import { type Log } from '@floodgate/adapters/kafka';
import {
  BUILT_IN_SNAPSHOT,
  effectivePolicy,
  type EffectivePolicy,
  type PlanSnapshot,
  type PlanTimeline,
  type Tier,
} from '@floodgate/domain/degradation-plan';
import { type Clock } from '@floodgate/kernel';
import { type PlanKeys, planKeys, type PlanSource, type RefusalReason } from './plan-follower-snapshot';
import { PlanReceiverHost } from './plan-receiver-host';
import { type FromReceiver, type SnapshotArrived } from './plan-receiver-messages';
import { type SyncedClock } from './synced-clock';

export interface PlanFollowerOptions {
  readonly app: string;
  readonly instanceId: string;
  readonly redisUrl: string;
  /** See POLICY_PUBLIC_KEYS. */
  readonly publicKeys: readonly string[];
  readonly stateDir: string;
  readonly pollEveryMs: number;
  readonly clock: Clock;
  /** Is told the time that the disk kept and that Redis shows, and has what it learns kept on disk. */
  readonly syncedClock?: SyncedClock;
  readonly log: Log;
  readonly keys?: PlanKeys;
  readonly onApplied?: (snapshot: PlanSnapshot) => void;
  readonly onRefused?: (reason: RefusalReason) => void;
}

/** What a follower tells of itself. */
export interface PlanStatus {
  readonly version: number;
  readonly source: PlanSource;
  readonly receivedAtMs: number;
  readonly appliedAtMs: number;
  /** Since Redis last held what is in force; since the start when it never did. */
  readonly unconfirmedForMs: number;
  /** Another plan was received under the version in force: somebody must look. */
  readonly isContradicted: boolean;
  /** How long the receiver has been silent; it says something each second. */
  readonly receiverSilentMs: number;
  readonly receiverRestarts: number;
}

interface CachedPolicy {
  readonly t0Ms: number;
  readonly fromMs: number;
  readonly policy: EffectivePolicy;
}

interface InForce {
  readonly snapshot: PlanSnapshot;
  readonly signed: string;
  readonly source: PlanSource;
  readonly receivedAtMs: number;
  readonly appliedAtMs: number;
}

const BUILT_IN: InForce = {
  snapshot: BUILT_IN_SNAPSHOT,
  signed: '',
  source: 'built-in',
  receivedAtMs: 0,
  appliedAtMs: 0,
};

const CACHED_CAMPAIGNS_MAX = 10_000;
const LOOK_AT_TIER_EVERY_MS = 1_000;

/**
 * Follows the plan: obeys what its receiver finds on disk, and whatever newer plan that one hears of. Whoever is dead, the plan service, Redis, both or the
 * receiver, the last plan stays in force and tier 1 comes on time, because it is computed here.
 */
export class PlanFollower {
  private readonly receiver: PlanReceiverHost;
  private readonly cache = new Map<string, CachedPolicy>();
  private inForce = BUILT_IN;
  private isContradicted = false;
  private confirmedAt = performance.now();
  private looking: NodeJS.Timeout | undefined;
  /** As it was last looked at. */
  private tier: Tier | undefined;

  constructor(private readonly options: PlanFollowerOptions) {
    const { app, instanceId, redisUrl, publicKeys, stateDir, pollEveryMs, keys = planKeys(), log } = options;
    this.receiver = new PlanReceiverHost({
      start: { app, instanceId, redisUrl, publicKeys, stateDir, pollEveryMs, keys },
      inForce: () => this.inForce.signed,
      onBegin: () => this.tellApplied(),
      onMessage: (message) => this.hear(message),
      log,
    });
    options.syncedClock?.onLearnt((kept) => this.receiver.tell({ kind: 'time', kept }));
  }

  /** Takes the snapshot on disk, then waits for Redis for a second at most. Never fails because something is away. */
  async start(): Promise<void> {
    this.looking = setInterval(() => this.lookAtTier(), LOOK_AT_TIER_EVERY_MS);
    this.looking.unref();
    await this.receiver.start();
  }

  async stop(): Promise<void> {
    clearInterval(this.looking);
    await this.receiver.stop();
  }

  /** What holds for a campaign. Computed once per campaign for as long as it holds. */
  policyFor(timeline: PlanTimeline, nowMs = this.options.clock.nowMs()): EffectivePolicy {
    this.receiver.look();
    const cached = this.cache.get(timeline.campaignId);
    if (cached?.t0Ms === timeline.t0Ms && cached.fromMs <= nowMs && nowMs < cached.policy.stableUntilMs)
      return cached.policy;
    const { plan, tiers } = this.inForce.snapshot;
    const policy = effectivePolicy(plan, timeline, nowMs, tiers);
    if (this.cache.size >= CACHED_CAMPAIGNS_MAX) this.cache.clear();
    this.cache.set(timeline.campaignId, { t0Ms: timeline.t0Ms, fromMs: nowMs, policy });
    return policy;
  }

  /** The snapshot in force. */
  get snapshot(): PlanSnapshot {
    return this.latest().snapshot;
  }

  get source(): PlanSource {
    return this.latest().source;
  }

  /** The snapshot as it was signed, to be passed on; empty while the built-in plan is in force. */
  get signedSnapshot(): string {
    return this.latest().signed;
  }

  get status(): PlanStatus {
    const { snapshot, source, receivedAtMs, appliedAtMs } = this.latest();
    return {
      version: snapshot.version,
      source,
      receivedAtMs,
      appliedAtMs,
      unconfirmedForMs: performance.now() - this.confirmedAt,
      isContradicted: this.isContradicted,
      receiverSilentMs: this.receiver.silentMs,
      receiverRestarts: this.receiver.restarts,
    };
  }

  /** The tier now of campaigns that somebody has asked about, `max` of them at most, the highest tiers first. */
  tiers(max: number): { readonly campaignId: string; readonly tier: Tier }[] {
    const all = [...this.cache].map(([campaignId, { t0Ms }]) => ({
      campaignId,
      tier: this.policyFor({ campaignId, t0Ms }).tier,
    }));
    return all.sort((a, b) => b.tier - a.tier).slice(0, max);
  }

  private latest(): InForce {
    this.receiver.look();
    return this.inForce;
  }

  private hear(message: FromReceiver): void {
    const { log, onRefused, syncedClock } = this.options;
    switch (message.kind) {
      case 'snapshot':
        return this.apply(message);
      case 'confirmed':
        return this.confirm(message);
      case 'refused':
        if (message.reason === 'conflict') this.isContradicted = true;
        onRefused?.(message.reason);
        return;
      case 'kept-time':
        syncedClock?.recall(message.kept);
        return;
      case 'redis-time':
        syncedClock?.learnFromRedis(message.redisMs, message.atMs);
        return;
      case 'log':
        log[message.level](message.fields, message.message);
        return;
      case 'ready':
      case 'stopped':
    }
  }

  private apply({ snapshot, signed, source, receivedAtMs }: SnapshotArrived): void {
    this.inForce = { snapshot, signed, source, receivedAtMs, appliedAtMs: this.options.clock.nowMs() };
    this.isContradicted = false;
    if (source !== 'disk') this.confirmedAt = performance.now();
    // Who was asked about is still known, and what was computed holds no more.
    for (const [campaignId, cached] of this.cache) this.cache.set(campaignId, { ...cached, fromMs: Infinity });
    this.tellApplied();
    const { version, hash, planNo } = snapshot;
    this.options.log.info({ version, hash, planNo, source, receivedAtMs }, 'plan applied');
    this.options.onApplied?.(snapshot);
  }

  private confirm({ source, signed }: Extract<FromReceiver, { readonly kind: 'confirmed' }>): void {
    this.confirmedAt = performance.now();
    const wasFromDisk = this.inForce.source === 'disk';
    this.inForce = { ...this.inForce, signed, ...(wasFromDisk && { source }) };
    if (wasFromDisk) this.tellApplied();
  }

  private tellApplied(): void {
    const { snapshot, source, receivedAtMs, appliedAtMs } = this.inForce;
    const { version, hash } = snapshot;
    this.receiver.tell({ kind: 'applied', version, hash, source, receivedAtMs, appliedAtMs, tier: this.tier });
  }

  /** Tier 1 comes by itself, and tiers set by hand end by themselves: nothing arrives then that would be acknowledged. */
  private lookAtTier(): void {
    const tier = this.tiers(1)[0]?.tier;
    if (tier === this.tier) return;
    this.tier = tier;
    this.tellApplied();
  }
}
