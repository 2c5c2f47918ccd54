import { rm } from 'node:fs/promises';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedis, type RedisClient } from '@floodgate/adapters/redis';
import {
  BUILT_IN_SNAPSHOT,
  contentOf,
  type ManualTier,
  type PlanSnapshot,
  SNAPSHOT_FORMAT,
} from '@floodgate/domain/degradation-plan';
import { newKeyPair, planKeys, sha256, signSnapshot, uptimeMs } from '@floodgate/nest-kit';
import { HelperProcess } from '../helper-process';
import { type FollowerSaid, type ToFollower } from './messages';

const SCRIPT = join(__dirname, 'follower-process.js');
const ANSWER_MS_MAX = 60_000;
const HOUR_MS = 3_600_000;

type Follower = HelperProcess<ToFollower, FollowerSaid>;

export interface FleetOptions {
  readonly instances: number;
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  readonly keysPrefix: string;
}

/** Many processes that follow one plan, on machines that are wrong about the time by up to an hour. There is no plan service: the fleet pushes by itself. */
export class FollowerFleet {
  private readonly keyPair = newKeyPair();
  private readonly directory = mkdtempSync(join(tmpdir(), 'floodgate-fleet-'));
  private readonly redis: RedisClient;
  private readonly followers: Follower[] = [];
  private version = 0;

  constructor(private readonly options: FleetOptions) {
    this.redis = createRedis(options.redisUrl);
  }

  async start(): Promise<FollowerSaid[]> {
    await this.redis.connect();
    const { instances } = this.options;
    return Promise.all(Array.from({ length: instances }, (_, index) => this.startOne(index)));
  }

  /** Ends an instance by SIGTERM, which it does not handle, and starts it again; without servers when `alone`. */
  async restart(index: number, alone: boolean): Promise<FollowerSaid> {
    this.followers[index]?.stop();
    return this.startOne(index, alone);
  }

  /** Puts a plan into force and resolves with what each instance took until it obeyed it, in milliseconds. */
  async push(settleMs: number): Promise<number[]> {
    const text = this.nextSnapshot();
    const { channel, current } = planKeys(this.options.keysPrefix);
    const pushedAtMs = uptimeMs();
    await Promise.all([this.redis.publish(channel, text), this.redis.set(current, text)]);
    // Asking only later, so that no instance is awake because it was asked.
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const said = await this.askAll({ kind: 'await-version', version: this.version });
    return said.map(({ atMs }) => atMs - pushedAtMs);
  }

  askAll(message: ToFollower): Promise<FollowerSaid[]> {
    return Promise.all(this.followers.map((follower) => follower.ask(message, ANSWER_MS_MAX)));
  }

  /** How many instances have acknowledged the last version. */
  async acknowledged(): Promise<number> {
    const all = Object.values(await this.redis.hgetall(planKeys(this.options.keysPrefix).acks));
    return all.filter((text) => (JSON.parse(text) as { version: number }).version === this.version).length;
  }

  async close(): Promise<void> {
    for (const follower of this.followers) follower.stop();
    this.redis.disconnect();
    await rm(this.directory, { recursive: true, force: true });
  }

  private startOne(index: number, alone = false): Promise<FollowerSaid> {
    const { redisUrl, mysqlUrl, keysPrefix } = this.options;
    const follower: Follower = new HelperProcess(`follower ${index}`, SCRIPT);
    this.followers[index] = follower;
    return follower.ask(
      {
        kind: 'start',
        instanceId: `follower-${index}`,
        publicKey: this.keyPair.publicKey,
        keysPrefix,
        stateDir: join(this.directory, String(index)),
        // From an hour behind to an hour ahead.
        wallAheadMs: ((index % 5) - 2) * (HOUR_MS / 2),
        ...(alone ? { redisUrl: 'redis://127.0.0.1:1' } : { redisUrl, mysqlUrl }),
      },
      ANSWER_MS_MAX,
    );
  }

  private nextSnapshot(): string {
    this.version += 1;
    const tier: ManualTier = { campaignId: 'another', tier: 2, fromMs: 0, untilMs: this.version };
    const content = { planNo: 1, plan: BUILT_IN_SNAPSHOT.plan, tiers: [tier] };
    const snapshot: PlanSnapshot = {
      format: SNAPSHOT_FORMAT,
      version: this.version,
      hash: sha256(contentOf(content)),
      issuedAtMs: 0,
      ...content,
    };
    return JSON.stringify(signSnapshot(snapshot, this.keyPair.signingKey));
  }
}
