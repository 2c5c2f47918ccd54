import { type Log } from '@floodgate/adapters/kafka';
import { type RedisClient } from '@floodgate/adapters/redis';
import {
  type Api,
  type DryRun,
  dryRunPolicy,
  type EffectivePolicy,
  type LetIn,
  type PlanTimeline,
  ShadowCount,
} from '@floodgate/domain/degradation-plan';
import { PeriodicJob } from './periodic-job';

/** Where the plan service leaves a dry run, and instances what they count. */
export interface DryRunKeys {
  /** A string: the DryRun that is on, as JSON; gone when its time is up. */
  readonly current: string;
  /** A hash of instance id -> ShadowCounts as JSON. */
  counts(dryRunId: string): string;
}

/** `prefix` other than the default is for tests that share a server. */
export function dryRunKeys(prefix = 'floodgate:dry-run'): DryRunKeys {
  return { current: prefix, counts: (dryRunId) => `${prefix}:${dryRunId}:counts` };
}

/** What is known of a dry run is kept so long after it began. */
export const DRY_RUN_KEEP_MS = 3_600_000;

export interface DryRunFollowerOptions {
  readonly redis: RedisClient;
  readonly instanceId: string;
  readonly log: Pick<Log, 'warn'>;
  readonly keys?: DryRunKeys;
  /** How often it looks for a dry run, and tells what it counted. */
  readonly everyMs?: number;
}

interface Shadow {
  readonly run: DryRun;
  readonly count: ShadowCount;
  policy: EffectivePolicy | undefined;
  t0Ms: number;
}

/** Evaluates the plan of a dry run beside the one in force, counts what it would shed, and tells. It refuses nobody. */
export class DryRunFollower {
  private readonly keys: DryRunKeys;
  private readonly job: PeriodicJob;
  private shadow: Shadow | undefined;

  constructor(private readonly options: DryRunFollowerOptions) {
    this.keys = options.keys ?? dryRunKeys();
    this.job = new PeriodicJob({
      name: 'dry run',
      everyMs: options.everyMs ?? 500,
      log: options.log,
      round: async () => {
        if (options.redis.status === 'ready') await this.round();
        return false;
      },
    });
  }

  start(): void {
    this.job.start();
  }

  async stop(): Promise<void> {
    await this.job.stop();
  }

  /** True while requests should be counted: for callers who must work out first what count() wants to know. */
  get isOn(): boolean {
    return this.shadow !== undefined;
  }

  /**
   * The one call of phase one, before the plan refuses anything. `nowMs` is database time. `userId` undefined: nobody who is signed in. `letIn`: what they
   * were let in with before.
   */
  count(timeline: PlanTimeline, api: Api, userId: string | undefined, nowMs: number, letIn?: LetIn): void {
    const shadow = this.shadow;
    if (shadow === undefined || shadow.run.campaignId !== timeline.campaignId) return;
    if (nowMs < shadow.run.fromMs || nowMs >= shadow.run.untilMs) return;
    if (shadow.policy === undefined || shadow.t0Ms !== timeline.t0Ms || nowMs >= shadow.policy.stableUntilMs) {
      shadow.policy = dryRunPolicy(shadow.run, timeline, nowMs);
      shadow.t0Ms = timeline.t0Ms;
    }
    shadow.count.count(shadow.policy, api, userId, nowMs, letIn);
  }

  private async round(): Promise<void> {
    const { redis } = this.options;
    // First what is counted so far: the key may be gone because the time is up.
    if (this.shadow !== undefined) await this.tell(this.shadow);
    const text = await redis.get(this.keys.current);
    if (text === null) {
      this.shadow = undefined;
      return;
    }
    const run = JSON.parse(text) as DryRun;
    if (run.dryRunId === this.shadow?.run.dryRunId) return;
    this.shadow = { run, count: new ShadowCount(run.fromMs), policy: undefined, t0Ms: NaN };
    // So that whoever asks knows how many instances count, before there is a request.
    await this.tell(this.shadow);
  }

  private async tell({ run, count }: Shadow): Promise<void> {
    const { redis, instanceId } = this.options;
    const key = this.keys.counts(run.dryRunId);
    await redis.hset(key, instanceId, JSON.stringify(count.counts));
    await redis.pexpire(key, DRY_RUN_KEEP_MS);
  }
}
