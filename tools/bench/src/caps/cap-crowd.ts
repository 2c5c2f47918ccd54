import { setTimeout as sleep } from 'node:timers/promises';
import { createRedis } from '@floodgate/adapters/redis';
import { type CapMode, PlatformCaps } from '@floodgate/nest-kit';
import { QUIET_LOG } from '../settings';
import { type BucketCount, type Excused } from './bucket-errors';

const CAP = 'bench/grab';
const BUCKET_MS = 100;
/** When whoever asks has stood still for so long, what was asked in that time says nothing of a cap. */
const STOOD_STILL_MS = 20;
export const ROUND_MS = 500;
export const TTL_MS = 1_000;

export interface CapCrowdOptions {
  readonly mode: CapMode;
  readonly group: string;
  readonly redisUrl: string;
  /** Of the whole platform. */
  readonly perSecond: number;
  /** Asked of each instance. */
  readonly askedPerSecond: number;
}

interface Instance {
  readonly caps: PlatformCaps;
  readonly disconnect: () => void;
  isAsked: boolean;
}

/** Instances that keep one cap together over a real Redis, each asked for more than its share, as they come and go. */
export class CapCrowd {
  private readonly instances: Instance[] = [];
  private readonly asked = new Map<number, number>();
  private readonly taken = new Map<number, number>();
  private readonly stoodStill = new Set<number>();
  private decisions = 0;
  private decidingMs = 0;
  private asking: Promise<void> | undefined;
  private isOver = false;
  private born = 0;
  readonly excused: Excused[] = [];

  constructor(private readonly options: CapCrowdOptions) {}

  async join(): Promise<void> {
    const { mode, group, redisUrl } = this.options;
    const redis = createRedis(redisUrl);
    // Told by what becomes of the cap.
    redis.on('error', () => undefined);
    await redis.connect();
    const caps = new PlatformCaps({
      instanceId: `i${(this.born += 1)}`,
      redis,
      log: QUIET_LOG,
      config: {
        CAP_MODE: mode,
        CAP_GROUP: group,
        CAP_WEIGHT: 1,
        CAP_ROUND_MS: ROUND_MS,
        CAP_TTL_MS: TTL_MS,
        CAP_SHARDS: 4,
        INSTANCE_COUNT: 1,
      },
    });
    caps.start();
    this.instances.push({ caps, disconnect: () => redis.disconnect(), isAsked: true });
  }

  get size(): number {
    return this.instances.length;
  }

  /** One of them stops in order: it is asked until it has no share any more. */
  async leave(no: number): Promise<void> {
    const leaving = this.instances[no % this.instances.length];
    if (leaving === undefined) return;
    await leaving.caps.stop();
    this.remove(leaving);
  }

  /** One of them is gone without a word. */
  crash(no: number): void {
    const gone = this.instances[no % this.instances.length];
    if (gone === undefined) return;
    const from = bucketNow() - 1;
    this.excused.push({ from, to: from + (2 * TTL_MS + 3 * ROUND_MS) / BUCKET_MS });
    this.remove(gone);
    // Its job has no Redis any more, and ends with the next look at it.
    void gone.caps.stop();
  }

  /** From now on all of them are asked, until stop. */
  start(): void {
    this.asking = this.ask();
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.asking;
    for (const instance of [...this.instances]) {
      this.remove(instance);
      await instance.caps.stop();
    }
  }

  /** Whole buckets from now on would be the first of a measurement. */
  forget(): void {
    this.asked.clear();
    this.taken.clear();
  }

  /** But for the first and the last bucket, which are not whole, and those in which this process was kept from asking. */
  counts(): BucketCount[] {
    const buckets = [...this.asked.keys()].sort((a, b) => a - b).slice(1, -1);
    const whole = buckets.filter((bucket) => !this.stoodStill.has(bucket));
    return whole.map((bucket) => ({
      bucket,
      asked: this.asked.get(bucket) ?? 0,
      taken: this.taken.get(bucket) ?? 0,
    }));
  }

  get decisionUs(): number {
    return (this.decidingMs * 1_000) / this.decisions;
  }

  private remove(instance: Instance): void {
    instance.isAsked = false;
    instance.disconnect();
    this.instances.splice(this.instances.indexOf(instance), 1);
  }

  private async ask(): Promise<void> {
    let before = performance.now();
    while (!this.isOver) {
      await sleep(1);
      const startedAt = performance.now();
      if (startedAt - before > STOOD_STILL_MS) {
        const now = bucketNow();
        // What was asked for too late is let through in the next bucket.
        const since = Math.floor((startedAt - before) / BUCKET_MS) + 1;
        for (let bucket = now - since; bucket <= now + 1; bucket += 1) this.stoodStill.add(bucket);
      }
      const each = Math.round(((startedAt - before) * this.options.askedPerSecond) / 1_000);
      before = startedAt;
      for (const { caps, isAsked } of this.instances) if (isAsked) this.askOne(caps, each);
      this.decidingMs += performance.now() - startedAt;
    }
  }

  private askOne(caps: PlatformCaps, count: number): void {
    const bucket = bucketNow();
    let taken = 0;
    for (let i = 0; i < count; i += 1) if (caps.take(CAP, this.options.perSecond)) taken += 1;
    this.decisions += count;
    this.asked.set(bucket, (this.asked.get(bucket) ?? 0) + count);
    this.taken.set(bucket, (this.taken.get(bucket) ?? 0) + taken);
  }
}

const bucketNow = () => Math.floor(Date.now() / BUCKET_MS);
