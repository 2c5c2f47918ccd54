import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataSource, readDatabaseTimeMs } from '@floodgate/adapters/mysql';
import { MemoryLog, SERVERS, until } from '@floodgate/testing';
import { type DataSource } from 'typeorm';
import { followDatabaseTime } from './database-time';
import { PlanFollower } from './plan-follower';
import { planKeys } from './plan-follower-snapshot';
import { SnapshotFile } from './plan-follower-disk';
import { newKeyPair } from './signed-text';
import { type LocalClock, machineClock, SyncedClock } from './synced-clock';

const HOUR_MS = 3_600_000;
const NOBODY_LISTENS = 'redis://127.0.0.1:1';
const BEFORE_T0_MS = 5 * 60_000;
/** Half of the smallest error of a wrong clock, and far more than reading two clocks takes. */
const TOLERANCE_MS = 500;

let mysql: DataSource;
let directory: string;

beforeAll(async () => {
  mysql = createDataSource({ url: SERVERS.mysqlAdminUrl, poolSize: 1 });
  await mysql.initialize();
  directory = await mkdtemp(join(tmpdir(), 'floodgate-clock-'));
});
afterAll(async () => {
  await mysql.destroy();
  await rm(directory, { recursive: true });
});

/** A machine that is wrong about the time. After another start it no longer knows how long it has been up since the last. */
const machine = (aheadMs: number, bootId = machineClock.bootId): LocalClock => ({
  wallMs: () => Date.now() + aheadMs,
  uptimeMs: machineClock.uptimeMs,
  bootId,
});

async function startProcess(name: string, local: LocalClock, redisUrl: string) {
  const clock = new SyncedClock(local);
  const follower = new PlanFollower({
    app: 'test',
    instanceId: name,
    redisUrl,
    publicKeys: [newKeyPair().publicKey],
    stateDir: join(directory, name),
    pollEveryMs: HOUR_MS,
    clock,
    syncedClock: clock,
    log: new MemoryLog(),
    keys: planKeys(`test:${randomUUID()}`),
  });
  await follower.start();
  return { clock, follower };
}

/** A slow answer would say little about any clock. */
const QUICK_MS = TOLERANCE_MS / 5;

/** Database time and, read together with it, what `read` gives. */
async function withDatabaseTime<T>(read: () => T): Promise<{ readonly databaseMs: number; readonly found: T }> {
  return until('a quick answer', async () => {
    const askedAt = performance.now();
    const databaseMs = await readDatabaseTimeMs(mysql);
    const found = read();
    return performance.now() - askedAt < QUICK_MS && { databaseMs, found };
  });
}

async function errorOf(clock: SyncedClock): Promise<number> {
  const { databaseMs, found: nowMs } = await withDatabaseTime(() => clock.nowMs());
  return nowMs - databaseMs;
}

/** Follows the database until its time was learnt from a quick answer. */
async function learnFromDatabase(clock: SyncedClock): Promise<() => void> {
  const quick: Pick<SyncedClock, 'learn'> = {
    learn: (databaseMs, sentAtMs, receivedAtMs) => {
      if (receivedAtMs - sentAtMs < QUICK_MS) clock.learn(databaseMs, sentAtMs, receivedAtMs);
    },
  };
  const end = await followDatabaseTime(quick, mysql, 20, (error) => {
    throw error;
  });
  await until('the time of the database', () => clock.source === 'database');
  return end;
}

/** Tier 1 of a campaign whose T0 is so chosen that it begins a tolerance ago, or in a tolerance. */
async function expectTier1OnTime(follower: PlanFollower): Promise<void> {
  const { databaseMs } = await withDatabaseTime(() => undefined);
  const tierOf = (beganMsAgo: number) =>
    follower.policyFor({ campaignId: `c${beganMsAgo}`, t0Ms: databaseMs + BEFORE_T0_MS - beganMsAgo }).tier;
  expect([tierOf(TOLERANCE_MS), tierOf(-30_000)]).toEqual([1, 0]);
}

describe('the clock of a process', () => {
  it.each([0, 1_000, -1_000, HOUR_MS, -HOUR_MS])(
    '%i ms ahead of the database: right while it is there, and after a restart with MySQL and Redis dead',
    async (aheadMs) => {
      const name = `ahead-${aheadMs}`;
      const first = await startProcess(name, machine(aheadMs), SERVERS.redisUrl);
      const end = await learnFromDatabase(first.clock);
      expect(Math.abs(await errorOf(first.clock))).toBeLessThan(TOLERANCE_MS);
      await expectTier1OnTime(first.follower);
      const file = new SnapshotFile(join(directory, name));
      await until('the time on disk', async () => (await file.read()).kept !== undefined);
      end();
      await first.follower.stop();

      for (const bootId of [machineClock.bootId, 'another start']) {
        const second = await startProcess(name, machine(aheadMs, bootId), NOBODY_LISTENS);
        expect(second.clock.source).toBe('kept');
        expect(Math.abs(await errorOf(second.clock))).toBeLessThan(TOLERANCE_MS);
        await expectTier1OnTime(second.follower);
        await second.follower.stop();
      }
    },
  );

  it('is that of Redis where nothing was ever kept, until the database is heard', async () => {
    const { clock, follower } = await startProcess('redis-only', machine(HOUR_MS), SERVERS.redisUrl);
    await until('the time of Redis', () => clock.source === 'redis');
    // Half of what the machine is wrong by: Redis is asked once, and may take its time.
    expect(Math.abs(await errorOf(clock))).toBeLessThan(HOUR_MS / 2);
    const end = await learnFromDatabase(clock);
    end();
    await follower.stop();
  });

  it("is the machine's own where nothing was ever heard, and says so", async () => {
    const { clock, follower } = await startProcess('alone', machine(HOUR_MS), NOBODY_LISTENS);
    expect(clock.source).toBe('local');
    expect(await errorOf(clock)).toBeGreaterThan(HOUR_MS - 60_000);
    await follower.stop();
  });
});
