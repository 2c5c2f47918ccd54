import { type RedisClient } from '@floodgate/adapters/redis';
import { type DryRun, type ShadowCounts } from '@floodgate/domain/degradation-plan';
import { DRY_RUN_KEEP_MS, type DryRunKeys, dryRunKeys } from '@floodgate/nest-kit';

/** Tells gateways of a dry run through Redis, and reads what they count. */
export class RedisDryRuns {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: DryRunKeys = dryRunKeys(),
  ) {}

  /** The one that is on; there is one at a time over the whole platform. */
  async current(): Promise<DryRun | undefined> {
    return this.read(this.keys.current);
  }

  /** False when another is on. */
  async start(run: DryRun): Promise<boolean> {
    const text = JSON.stringify(run);
    await this.redis.set(this.keyOf(run.dryRunId), text, 'PX', DRY_RUN_KEEP_MS);
    return (await this.redis.set(this.keys.current, text, 'PX', run.untilMs - run.fromMs, 'NX')) === 'OK';
  }

  /** One of the last hour. */
  async find(dryRunId: string): Promise<DryRun | undefined> {
    return this.read(this.keyOf(dryRunId));
  }

  /** By instance. */
  async counts(dryRunId: string): Promise<ReadonlyMap<string, ShadowCounts>> {
    const all = Object.entries(await this.redis.hgetall(this.keys.counts(dryRunId)));
    return new Map(all.map(([instanceId, text]) => [instanceId, JSON.parse(text) as ShadowCounts]));
  }

  private keyOf(dryRunId: string): string {
    return `${this.keys.current}:${dryRunId}`;
  }

  private async read(key: string): Promise<DryRun | undefined> {
    const text = await this.redis.get(key);
    return text === null ? undefined : (JSON.parse(text) as DryRun);
  }
}
