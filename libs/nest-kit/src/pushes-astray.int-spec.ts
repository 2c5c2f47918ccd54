import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedis } from '@floodgate/adapters/redis';
import { BUILT_IN_SNAPSHOT, contentOf, type PlanSnapshot, SNAPSHOT_FORMAT } from '@floodgate/domain/degradation-plan';
import { MemoryLog, SERVERS, until } from '@floodgate/testing';
import { PlanFollower } from './plan-follower';
import { planKeys, sha256, signSnapshot } from './plan-follower-snapshot';
import { newKeyPair } from './signed-text';

const KEYS = newKeyPair();
const VERSIONS = 30;
const HOUR_MS = 3_600_000;

const keys = planKeys(`test:${randomUUID()}`);
const redis = createRedis(SERVERS.redisUrl, { commandTimeout: 30_000 });
let directory: string;

function signedOf(version: number): string {
  const content = { planNo: version, plan: BUILT_IN_SNAPSHOT.plan, tiers: [] };
  const hash = sha256(contentOf(content));
  const snapshot: PlanSnapshot = { format: SNAPSHOT_FORMAT, version, hash, issuedAtMs: 1, ...content };
  return JSON.stringify(signSnapshot(snapshot, KEYS.signingKey));
}

/** The order of a pushed version: the same for each run, and nothing like that of versions. */
const scattered = (version: number) => (version * 7) % (VERSIONS + 1);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'floodgate-astray-'));
  await redis.connect();
});
afterAll(async () => {
  await redis.del(keys.current, keys.acks);
  redis.disconnect();
  await rm(directory, { recursive: true });
});

describe('pushes that are lost, doubled and out of order', () => {
  const seen = new Map<string, number[]>();
  const followers: PlanFollower[] = [];

  /** One that hears all versions in the order in which it applies them. */
  async function follow(name: string, pollEveryMs: number): Promise<PlanFollower> {
    const versions: number[] = [];
    seen.set(name, versions);
    const follower = new PlanFollower({
      app: 'test',
      instanceId: name,
      redisUrl: SERVERS.redisUrl,
      publicKeys: [KEYS.publicKey],
      stateDir: join(directory, name),
      pollEveryMs,
      clock: { nowMs: () => Date.now() },
      log: new MemoryLog(),
      keys,
      onApplied: ({ version }) => versions.push(version),
    });
    followers.push(follower);
    await follower.start();
    return follower;
  }

  afterAll(() => Promise.all(followers.map((follower) => follower.stop())));

  it('leave every instance at the newest, none of which ever went back, and a poll finds what no push brought', async () => {
    await Promise.all([follow('astray-1', HOUR_MS), follow('astray-2', HOUR_MS)]);
    await until('both to hear', async () => Number((await redis.pubsub('NUMSUB', keys.channel))[1]) === 2);
    const order = Array.from({ length: VERSIONS }, (_, index) => index + 1).sort((a, b) => scattered(a) - scattered(b));
    // The highest is lost; every third comes twice, and all of them once more at the end.
    const pushed = [...order.flatMap((version) => (version % 3 === 0 ? [version, version] : [version])), ...order];
    for (const version of pushed.filter((one) => one !== VERSIONS)) {
      await redis.publish(keys.channel, signedOf(version));
    }
    await until('the highest that was pushed', () =>
      followers.every(({ snapshot }) => snapshot.version === VERSIONS - 1),
    );
    await redis.set(keys.current, signedOf(VERSIONS));
    const late = await follow('astray-3', 20);
    await until('the newest', () => late.snapshot.version === VERSIONS);
    await redis.set(keys.current, signedOf(VERSIONS + 1));
    await until('what no push brought', () => late.snapshot.version === VERSIONS + 1);
    for (const versions of seen.values()) {
      expect(versions.length).toBeGreaterThan(0);
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    }
  });
});
