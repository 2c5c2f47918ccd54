/** A process that follows the plan and does nothing else, for benches and end-to-end tests. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Worker } from 'node:worker_threads';
import { createDataSource } from '@floodgate/adapters/mysql';
import { followDatabaseTime, machineClock, PlanFollower, planKeys, SyncedClock, uptimeMs } from '@floodgate/nest-kit';
import { QUIET_LOG } from '../settings';
import { type FollowerSaid, type StartFollower, type ToFollower } from './messages';

const POLL_EVERY_MS = 5_000;
const LOOK_EVERY_MS = 2;
const REQUEST_MS = 1;
const REQUESTS_A_TURN = 20;

/** The receiver's thread, as Node tells of it. */
let receiver: Worker | undefined;
process.on('worker', (worker: Worker) => (receiver = worker));

class FollowerProcess {
  private readonly obeyedAtMs = new Map<number, number>();
  private isBurning = false;

  private constructor(
    private readonly follower: PlanFollower,
    private readonly clock: SyncedClock,
    private readonly receiverBytes: number,
  ) {}

  static async start(start: StartFollower): Promise<FollowerProcess> {
    const clock = new SyncedClock({ ...machineClock, wallMs: () => Date.now() + start.wallAheadMs });
    if (start.mysqlUrl !== undefined) {
      const dataSource = createDataSource({ url: start.mysqlUrl, poolSize: 1 });
      await dataSource.initialize();
      await followDatabaseTime(clock, dataSource, 1_000, () => undefined);
    }
    let onApplied: (version: number) => void = () => undefined;
    const follower = new PlanFollower({
      app: 'bench',
      instanceId: start.instanceId,
      redisUrl: start.redisUrl,
      publicKeys: [start.publicKey],
      stateDir: start.stateDir,
      pollEveryMs: POLL_EVERY_MS,
      clock,
      syncedClock: clock,
      log: QUIET_LOG,
      keys: planKeys(start.keysPrefix),
      onApplied: ({ version }) => onApplied(version),
    });
    const bytesBefore = process.memoryUsage().rss;
    await follower.start();
    const made = new FollowerProcess(follower, clock, process.memoryUsage().rss - bytesBefore);
    onApplied = (version) => made.obeyedAtMs.set(version, uptimeMs());
    return made;
  }

  async obey(message: Exclude<ToFollower, StartFollower>): Promise<FollowerSaid> {
    switch (message.kind) {
      case 'burn':
        this.isBurning = message.on;
        if (message.on) this.burn();
        return this.say(uptimeMs());
      case 'await-version':
        while (this.follower.snapshot.version < message.version) await sleep(LOOK_EVERY_MS);
        return this.say(this.obeyedAtMs.get(message.version) ?? NaN);
      case 'await-tier-1':
        while (this.follower.policyFor(message).tier !== 1) await sleep(LOOK_EVERY_MS);
        return this.say(uptimeMs());
      case 'kill-receiver':
        await receiver?.terminate();
        while (this.follower.status.receiverRestarts === 0) await sleep(LOOK_EVERY_MS);
        return this.say(uptimeMs());
      case 'tell':
        return this.say(uptimeMs());
    }
  }

  /** Requests one after the other, and hardly a turn for anything else. */
  private burn(): void {
    for (let request = 0; request < REQUESTS_A_TURN; request++) {
      this.follower.policyFor({ campaignId: 'burnt', t0Ms: 0 });
      const until = performance.now() + REQUEST_MS;
      while (performance.now() < until);
    }
    if (this.isBurning) setImmediate(() => this.burn());
  }

  private say(atMs: number): FollowerSaid {
    const { version, source, receiverRestarts } = this.follower.status;
    const { receiverBytes, clock } = this;
    return { atMs, version, source, timeSource: clock.source, receiverRestarts, receiverBytes };
  }
}

let started: FollowerProcess | undefined;

async function answer(message: ToFollower): Promise<FollowerSaid> {
  if (message.kind === 'start') {
    started = await FollowerProcess.start(message);
    return started.obey({ kind: 'tell' });
  }
  if (started === undefined) throw new Error('the process has not been started');
  return started.obey(message);
}

process.on('message', (message: ToFollower) => {
  void answer(message).then((said) => process.send?.(said));
});
process.on('disconnect', () => process.exit());
