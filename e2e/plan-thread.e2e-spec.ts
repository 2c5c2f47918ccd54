import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedis } from '@floodgate/adapters/redis';
import { BUILT_IN_SNAPSHOT, contentOf, type PlanSnapshot, SNAPSHOT_FORMAT } from '@floodgate/domain/degradation-plan';
import { newKeyPair, planKeys, sha256, signSnapshot } from '@floodgate/nest-kit';
import { SERVERS, until } from '@floodgate/testing';

// The built program: only there does the receiver have a thread of its own.
const PROGRAM = join(__dirname, '../dist/tools/bench/src/plan/follower-process.js');

const keyPair = newKeyPair();
const keysPrefix = `test:${randomUUID()}`;
const keys = planKeys(keysPrefix);
/** So long that only an answer that never comes meets it: another process burns a core meanwhile. */
const redis = createRedis(SERVERS.redisUrl, { commandTimeout: 30_000 });
let stateDir: string;
let follower: ChildProcess;

async function ask(message: object): Promise<{ version: number; source: string; receiverRestarts: number }> {
  const answer = once(follower, 'message');
  follower.send(message);
  const [said] = (await answer) as [{ version: number; source: string; receiverRestarts: number }];
  return said;
}

function signedOf(version: number): string {
  const content = { planNo: version, plan: BUILT_IN_SNAPSHOT.plan, tiers: [] };
  const hash = sha256(contentOf(content));
  const snapshot: PlanSnapshot = { format: SNAPSHOT_FORMAT, version, hash, issuedAtMs: 1, ...content };
  return JSON.stringify(signSnapshot(snapshot, keyPair.signingKey));
}

/** What the instance has acknowledged of this version. */
const acknowledgementOf = (version: number) =>
  until('the acknowledgement', async () => {
    const said = JSON.parse((await redis.hget(keys.acks, 'thread')) ?? '{}') as Record<string, unknown>;
    return said['version'] === version && said;
  });

beforeAll(async () => {
  await redis.connect();
  stateDir = await mkdtemp(join(tmpdir(), 'floodgate-thread-'));
  follower = fork(PROGRAM, { serialization: 'advanced' });
  const start = { kind: 'start', instanceId: 'thread', redisUrl: SERVERS.redisUrl, keysPrefix, stateDir };
  await ask({ ...start, publicKey: keyPair.publicKey, wallAheadMs: 0 });
});

afterAll(async () => {
  follower.kill();
  await redis.del(keys.current, keys.acks);
  redis.disconnect();
  await rm(stateDir, { recursive: true });
});

describe('a process with a receiver thread', () => {
  it('obeys a plan while it is saturated, and says when it had it and when it obeyed', async () => {
    // A start waits for Redis a second at most, and this push lies nowhere.
    await until('it hears', async () => Number((await redis.pubsub('NUMSUB', keys.channel))[1]) === 1);
    await ask({ kind: 'burn', on: true });
    await redis.publish(keys.channel, signedOf(1));
    expect(await ask({ kind: 'await-version', version: 1 })).toMatchObject({ version: 1, source: 'push' });
    const { receivedAtMs, appliedAtMs } = await acknowledgementOf(1);
    expect(Number.isInteger(receivedAtMs)).toBe(true);
    expect(appliedAtMs).toBeGreaterThan((receivedAtMs as number) - 1_000);
    await ask({ kind: 'burn', on: false });
  });

  it('keeps its plan when the thread dies, and follows the next one with another thread', async () => {
    expect(await ask({ kind: 'kill-receiver' })).toMatchObject({ version: 1, receiverRestarts: 1 });
    await redis.set(keys.current, signedOf(2));
    await redis.publish(keys.channel, signedOf(2));
    expect(await ask({ kind: 'await-version', version: 2 })).toMatchObject({ version: 2, receiverRestarts: 1 });
    await acknowledgementOf(2);
  });
});
