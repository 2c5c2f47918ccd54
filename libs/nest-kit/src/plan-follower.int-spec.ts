import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedis } from '@floodgate/adapters/redis';
import {
  BUILT_IN_SNAPSHOT,
  contentOf,
  type ManualTier,
  type Plan,
  type PlanSnapshot,
  SNAPSHOT_FORMAT,
} from '@floodgate/domain/degradation-plan';
import { freePort, MemoryLog, SERVERS, until } from '@floodgate/testing';
import { PlanFollower, type PlanFollowerOptions } from './plan-follower';
import { newKeyPair } from './signed-text';
import { planKeys, sha256, signSnapshot, signSnapshotText } from './plan-follower-snapshot';

const KEYS = newKeyPair();
const NOBODY_LISTENS = 'redis://127.0.0.1:1';
const T0 = 1_800_000_000_000;
const campaign = { campaignId: 'c1', t0Ms: T0 };
const HOUR = 3_600_000;

const keys = planKeys(`test:${randomUUID()}`);
const redis = createRedis(SERVERS.redisUrl, { commandTimeout: 30_000 });
const started: PlanFollower[] = [];
let directory: string;

function snapshotOf(version: number, tiers: readonly ManualTier[] = [], plan = BUILT_IN_SNAPSHOT.plan): PlanSnapshot {
  const content = { planNo: 1, plan, tiers };
  return { format: SNAPSHOT_FORMAT, version, hash: sha256(contentOf(content)), issuedAtMs: 1, ...content };
}

const signed = (snapshot: PlanSnapshot, key = KEYS.signingKey) => JSON.stringify(signSnapshot(snapshot, key));

const tier3: ManualTier = { campaignId: 'c1', tier: 3, fromMs: T0 - 2 * HOUR, untilMs: T0 - HOUR };

async function push(text: string): Promise<void> {
  await redis.set(keys.current, text);
  await redis.publish(keys.channel, text);
}

async function follow(name: string, more: Partial<PlanFollowerOptions> = {}) {
  const refused: string[] = [];
  const log = new MemoryLog();
  const follower = new PlanFollower({
    app: 'test',
    instanceId: name,
    redisUrl: SERVERS.redisUrl,
    publicKeys: [KEYS.publicKey],
    stateDir: join(directory, name),
    pollEveryMs: 3_600_000,
    clock: { nowMs: () => T0 - 90 * 60_000 },
    log,
    keys,
    onRefused: (reason) => refused.push(reason),
    ...more,
  });
  started.push(follower);
  await follower.start();
  return { follower, refused, log };
}

/** So many followers hear pushes: a start waits for Redis a second at most. */
async function areHearing(count: number): Promise<void> {
  await until(`${count} to hear`, async () => {
    const [, hearing] = (await redis.pubsub('NUMSUB', keys.channel)) as [string, number];
    return Number(hearing) === count;
  });
}

/** A way to Redis that can be closed and opened again. */
class Gate {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  async open(): Promise<string> {
    const { hostname, port } = new URL(SERVERS.redisUrl);
    const server = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const socket of [near, far]) {
        this.sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => [near, far].forEach((end) => end.destroy()));
      }
      near.pipe(far).pipe(near);
    });
    this.port ||= await freePort();
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.server = server;
    return `redis://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    await closed;
  }
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'floodgate-plan-'));
  await redis.connect();
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((follower) => follower.stop()));
  await redis.del(keys.current, keys.acks);
});

afterAll(async () => {
  redis.disconnect();
  await rm(directory, { recursive: true });
});

describe('PlanFollower', () => {
  it('hears of a push on every instance, and each acknowledges', async () => {
    const names = ['push-1', 'push-2', 'push-3'];
    const followers = await Promise.all(names.map((name) => follow(name, { pollEveryMs: 2_000 })));
    for (const { follower } of followers) expect(follower.policyFor(campaign).tier).toBe(0);
    const snapshot = snapshotOf(7, [tier3]);
    await areHearing(names.length);
    // It lies nowhere, so that no poll finds it.
    await redis.publish(keys.channel, signed(snapshot));
    for (const { follower } of followers) {
      await until('the push', () => follower.snapshot.version === 7);
      expect(follower.source).toBe('push');
      expect(follower.policyFor(campaign).tier).toBe(3);
      expect(follower.policyFor({ campaignId: 'c2', t0Ms: T0 }).tier).toBe(0);
    }
    const acks = await until('all acknowledgements', async () => {
      const all = Object.values(await redis.hgetall(keys.acks)).map((text) => JSON.parse(text) as { version: number });
      return all.length === 3 && all.every(({ version }) => version === 7) && all;
    });
    expect(acks[0]).toMatchObject({ app: 'test', hash: snapshot.hash, appliedAtMs: T0 - 90 * 60_000 });
  });

  it('acknowledges with the tier it is in, which comes and goes without anything arriving', async () => {
    let nowMs = T0 - 10 * 60_000;
    const { follower } = await follow('tiers', { pollEveryMs: 2_000, clock: { nowMs: () => nowMs } });
    const acknowledged = async () =>
      JSON.parse((await redis.hget(keys.acks, 'tiers')) ?? '{}') as { version?: number; tier?: number };
    const plan = { ...BUILT_IN_SNAPSHOT.plan, rampDownMs: 0 };
    await push(signed(snapshotOf(50, [], plan)));
    await until('the acknowledgement', async () => (await acknowledged()).version === 50);
    expect((await acknowledged()).tier).toBeUndefined();
    follower.policyFor(campaign);
    await until('no tier', async () => (await acknowledged()).tier === 0);
    nowMs = T0;
    await until('tier 1', async () => (await acknowledged()).tier === 1);
    await push(signed(snapshotOf(51, [{ ...tier3, fromMs: T0, untilMs: T0 + HOUR }], plan)));
    await until('tier 3', async () => (await acknowledged()).tier === 3);
    nowMs = T0 + HOUR;
    await until('no tier again', async () => (await acknowledged()).tier === 0);
  });

  it('finds by polling what no push told it', async () => {
    const { follower } = await follow('poll', { pollEveryMs: 20 });
    await redis.set(keys.current, signed(snapshotOf(3)));
    await until('the poll', () => follower.snapshot.version === 3);
    expect(follower.source).toBe('poll');
  });

  it('knows the plan in force when it returns from start', async () => {
    await redis.set(keys.current, signed(snapshotOf(4)));
    let starts = 0;
    // A start waits for Redis a second at most: one during which the machine stood still says nothing.
    await until('a start that was not held up', async () => {
      const { follower } = await follow(`start-${(starts += 1)}`);
      return follower.snapshot.version === 4;
    });
  });

  it('restarted with Redis away it serves from disk, and tier 1 comes on time', async () => {
    const first = await follow('disk');
    await push(signed(snapshotOf(9, [tier3])));
    await until('the push', () => first.follower.snapshot.version === 9);
    await first.follower.stop();
    const { follower } = await follow('disk', { redisUrl: NOBODY_LISTENS });
    expect(follower.source).toBe('disk');
    expect(follower.snapshot.version).toBe(9);
    expect(follower.policyFor(campaign).tier).toBe(3);
    expect(follower.policyFor(campaign, T0 - 300_001).tier).toBe(0);
    expect(follower.policyFor(campaign, T0 - 300_000).tier).toBe(1);
  });

  it('goes on without Redis, and finds and hears everything once it is back', async () => {
    const gate = new Gate();
    const { follower } = await follow('gate', { redisUrl: await gate.open() });
    await push(signed(snapshotOf(5)));
    await until('the push', () => follower.snapshot.version === 5);
    await gate.close();
    await push(signed(snapshotOf(6)));
    expect(follower.policyFor(campaign, T0).tier).toBe(1);
    expect(follower.snapshot.version).toBe(5);
    await gate.open();
    await until('what was missed', () => follower.snapshot.version === 6);
    await until('to hear again', async () => (await redis.publish(keys.channel, signed(snapshotOf(7)))) > 0);
    await until('the push', () => follower.snapshot.version === 7);
    await follower.stop();
    await gate.close();
  });

  it('that never heard of a plan brings tier 1 on time with the built-in one', async () => {
    const { follower } = await follow('alone', { redisUrl: NOBODY_LISTENS });
    expect(follower.source).toBe('built-in');
    expect(follower.policyFor(campaign, T0).tier).toBe(1);
  });

  it('refuses forged, broken, older and contradicting snapshots and keeps what it has', async () => {
    const { follower, refused } = await follow('strict');
    const good = snapshotOf(20);
    await areHearing(1);
    await push(signed(good));
    await until('the good one', () => follower.snapshot.version === 20);
    const text = signSnapshot(snapshotOf(21), KEYS.signingKey).snapshot;
    const resign = (changed: unknown) => JSON.stringify(signSnapshotText(JSON.stringify(changed), KEYS.signingKey));
    const bad: readonly (readonly [reason: string, text: string])[] = [
      ['bad-signature', signed(snapshotOf(21), newKeyPair().signingKey)],
      [
        'bad-signature',
        JSON.stringify({
          ...signSnapshotText(text, KEYS.signingKey),
          snapshot: text.replace('"version":21', '"version":22'),
        }),
      ],
      ['unreadable', signed(snapshotOf(21)).slice(0, 100)],
      ['unreadable', '[]'],
      ['unknown-format', resign({ ...snapshotOf(21), format: 1 })],
      ['wrong-hash', resign({ ...snapshotOf(21), tiers: [tier3] })],
      ['unsound-plan', signed(snapshotOf(21, [], { ...BUILT_IN_SNAPSHOT.plan, rampDownMs: -1 }))],
      ['unsound-plan', signed(snapshotOf(21, [], {} as Plan))],
      ['older', signed(snapshotOf(19))],
      ['conflict', signed(snapshotOf(20, [tier3]))],
    ];
    for (const [, wrong] of bad) await redis.publish(keys.channel, wrong);
    await until('all refusals', () => refused.length === bad.length);
    expect(refused).toEqual(bad.map(([reason]) => reason));
    expect(follower.snapshot).toEqual(good);
    await push(signed(snapshotOf(21)));
    await until('a later good one', () => follower.snapshot.version === 21);
  });

  it('does not trust its disk either', async () => {
    const first = await follow('tampered');
    await push(signed(snapshotOf(30)));
    await until('the push', () => first.follower.snapshot.version === 30);
    await first.follower.stop();
    const file = join(directory, 'tampered', 'plan-snapshot.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('\\"version\\":30', '\\"version\\":99'));
    const { follower, refused } = await follow('tampered', { redisUrl: NOBODY_LISTENS });
    expect(refused).toEqual(['bad-signature']);
    expect(follower.source).toBe('built-in');
  });

  it('computes a policy once for as long as it holds, and anew for another plan or T0', async () => {
    const { follower } = await follow('cache');
    const policy = follower.policyFor(campaign, T0 - 600_000);
    expect(follower.policyFor(campaign, T0 - 300_001)).toBe(policy);
    expect(follower.policyFor(campaign, T0 - 600_001)).not.toBe(policy);
    expect(follower.policyFor({ ...campaign, t0Ms: T0 + 1 }, T0 - 300_001).t0Ms).toBe(T0 + 1);
    await push(signed(snapshotOf(40, [{ ...tier3, untilMs: T0 }])));
    await until('the push', () => follower.snapshot.version === 40);
    expect(follower.policyFor(campaign, T0 - 300_001).tier).toBe(3);
  });
});
