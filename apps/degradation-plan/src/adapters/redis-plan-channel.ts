import { LuaScript, type RedisClient } from '@floodgate/adapters/redis';
import { canonicalJson, type PlanSnapshot } from '@floodgate/domain/degradation-plan';
import {
  type Acknowledgement,
  openSnapshot,
  parseJson,
  PLAN_SOURCES,
  type PlanKeys,
  planKeys,
  signSnapshot,
} from '@floodgate/nest-kit';
import { z } from 'zod';
import { type PlanConfig } from '../config';

/** What Redis held when a snapshot was offered to it. */
export type PushResult =
  | { readonly kind: 'pushed' | 'already-there' }
  /** Instances may follow this one: it is newer, or it is another plan under the same version. */
  | { readonly kind: 'newer-there' | 'conflict-there'; readonly version: number; readonly hash: string };

// Replaces only what was looked at, so that of two instances the one with the older version never comes last.
const REPLACE = new LuaScript(`
  if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[2])
  redis.call('PUBLISH', ARGV[3], ARGV[2])
  return 1
`);

const ATTEMPTS_MAX = 10;

// What a newer release says besides is left out: its instances follow the plan all the same.
const acknowledgementSchema = z.object({
  instanceId: z.string().min(1).max(120),
  app: z.string().min(1).max(64),
  version: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$|^$/),
  receivedAtMs: z.int().min(0).optional(),
  appliedAtMs: z.int().min(0),
  source: z.enum(PLAN_SOURCES).optional(),
  tier: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).optional(),
  seenAtMs: z.int().min(0),
});

/** Hands snapshots to every follower through Redis, and reads what they say. */
export class RedisPlanChannel {
  constructor(
    private readonly redis: RedisClient,
    private readonly policyKeys: Pick<PlanConfig, 'POLICY_SIGNING_KEY' | 'POLICY_PUBLIC_KEYS'>,
    private readonly keys: PlanKeys = planKeys(),
  ) {}

  /** Puts the snapshot where followers look, and tells those that listen. Leaves a newer one alone. Throws when Redis is away. */
  async push(snapshot: PlanSnapshot): Promise<PushResult> {
    const signed = JSON.stringify(signSnapshot(snapshot, this.policyKeys.POLICY_SIGNING_KEY));
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const there = (await this.redis.get(this.keys.current)) ?? '';
      if (there === signed) return { kind: 'already-there' };
      const opened = openSnapshot(there, this.policyKeys.POLICY_PUBLIC_KEYS);
      // Signed with a key that was changed meanwhile it is replaced, for followers that no longer believe the old one.
      const isOurs = opened.ok && canonicalJson(opened.snapshot) === canonicalJson(snapshot);
      if (opened.ok && opened.snapshot.version >= snapshot.version && !isOurs) {
        return alreadyThere(snapshot, opened.snapshot);
      }
      const replaced = await REPLACE.run(this.redis, [this.keys.current], [there, signed, this.keys.channel]);
      if (replaced === 1) return { kind: 'pushed' };
    }
    throw new Error(`the plan in Redis changed ${ATTEMPTS_MAX} times while it was replaced`);
  }

  /** What instances say; what cannot be read is left out and counted. */
  async acknowledgements(): Promise<{ readonly good: Acknowledgement[]; readonly unreadable: number }> {
    const all = Object.entries(await this.redis.hgetall(this.keys.acks));
    const good = all.flatMap(([instanceId, text]) => {
      const parsed = acknowledgementSchema.safeParse(parseJson(text));
      return parsed.success && parsed.data.instanceId === instanceId ? [parsed.data] : [];
    });
    return { good, unreadable: all.length - good.length };
  }

  /** Versions of what Redis holds and of what instances say they follow. */
  async followedVersions(): Promise<number[]> {
    const there = openSnapshot((await this.redis.get(this.keys.current)) ?? '', this.policyKeys.POLICY_PUBLIC_KEYS);
    const { good } = await this.acknowledgements();
    return [...(there.ok ? [there.snapshot.version] : []), ...good.map(({ version }) => version)];
  }

  async forget(instanceIds: readonly string[]): Promise<void> {
    if (instanceIds.length > 0) await this.redis.hdel(this.keys.acks, ...instanceIds);
  }
}

function alreadyThere(ours: PlanSnapshot, { version, hash }: PlanSnapshot): PushResult {
  if (version > ours.version) return { kind: 'newer-there', version, hash };
  return hash === ours.hash ? { kind: 'already-there' } : { kind: 'conflict-there', version, hash };
}
