import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CampaignScene,
  ChaosWorld,
  Crowd,
  GrabRouter,
  leaderIndex,
  type PersonPlan,
  type PoolPlan,
  ToldLog,
  untilRecorded,
  waitFor,
} from '@floodgate/tools/chaos';
import { loadEnvironment, migrate, repositoryRoot } from '@floodgate/tools/stack';

/** How long a server stays away: seconds, or as many minutes as the environment says. */
const OUTAGE_MS = Number(process.env['FLOODGATE_OUTAGE_MINUTES'] ?? 0) * 60_000 || 5_000;
const DECIDED_MS_MAX = 180_000;
/** So long that whatever is answered "wait" is answered so by inventory. */
const ANSWER_MS_MAX = 30_000;
/** Unanswered grabs that a shard lets in. */
const WAITING_MAX = 30;

jest.setTimeout(OUTAGE_MS + 400_000);

type Profile = 'chaos' | 'chaos-3';

function infra(command: 'up' | 'down', profile: Profile): void {
  const script = join(repositoryRoot(), 'deploy/local/infra.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, command, '--profile', profile], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
}

async function openWorld(profile: Profile): Promise<ChaosWorld> {
  infra('up', profile);
  await migrate(loadEnvironment(profile), ['inventory']);
  const world = await ChaosWorld.open(profile, { WAITING_PER_SHARD_MAX: String(WAITING_MAX) });
  await world.reset();
  return world;
}

const goods = (stock: number, more: Partial<PoolPlan> = {}): PoolPlan => ({
  poolId: 'goods',
  strategy: 'sharded-counters',
  settlement: 'order',
  stock,
  shards: 1,
  ...more,
});

const people = (pool: PoolPlan, name: string, count: number): PersonPlan[] =>
  Array.from({ length: count }, (_, index) => ({
    userId: `${name}-${index}`,
    pool,
    atMs: 0,
    secondDeviceAfterMs: undefined,
    expiresAfterMs: undefined,
    comesBack: false,
    asksAgain: false,
  }));

/** One campaign with people who ask, each under one grabId, until they have a decision. */
class Event {
  readonly told = new ToldLog();
  readonly crowd: Crowd;

  private constructor(
    readonly world: ChaosWorld,
    readonly router: GrabRouter,
    private readonly scene: CampaignScene,
    readonly pool: PoolPlan,
  ) {
    const { campaignId } = scene;
    this.crowd = new Crowd({ campaignId, router, told: this.told, expire: (told) => scene.expire(told) });
  }

  static async open(world: ChaosWorld, name: string, pool: PoolPlan, answerMsMax = ANSWER_MS_MAX): Promise<Event> {
    const router = new GrabRouter(
      world.instances.map(({ spec }) => spec),
      answerMsMax,
    );
    const scene = await CampaignScene.publish(world, `outage-${name}-${Date.now()}`, [pool], router);
    return new Event(world, router, scene, pool);
  }

  get campaignId(): string {
    return this.scene.campaignId;
  }

  /** What people were told so far, each outcome once. */
  outcomes(): string[] {
    return [...new Set(this.told.lines.map(({ outcome }) => outcome))].sort();
  }

  /** The grabs that were told this at least once. */
  toldOnce(outcome: string): string[] {
    return [...new Set(this.told.lines.filter((line) => line.outcome === outcome).map(({ grabId }) => grabId))].sort();
  }

  async untilDecided(): Promise<void> {
    await waitFor('every grab to be decided', DECIDED_MS_MAX, () => {
      if (this.crowd.isSettled) return true;
      throw new Error(this.crowd.waitsFor);
    });
  }

  /** Ends the event, and says what the stores contradict. */
  async close(): Promise<string[]> {
    this.crowd.closeTheDoors();
    await this.crowd.stop();
    this.router.close();
    const late = await untilRecorded(this.world);
    const { wrong } = await this.scene.audit({ told: this.told.lines, ended: this.crowd.expired });
    return [...late, ...wrong];
  }
}

describe('with one of each server', () => {
  let world: ChaosWorld;
  beforeAll(async () => {
    world = await openWorld('chaos');
  });
  afterEach(() => world.heal());
  afterAll(() => world.close());

  it('Kafka away: grabs are told to wait, then that it is too hot; after it the same grabIds get their units', async () => {
    const event = await Event.open(world, 'kafka', goods(60));
    await world.server('kafka').end('SIGTERM');
    await event.crowd.arrive(people(event.pool, 'early', WAITING_MAX));
    await sleep(OUTAGE_MS / 2);
    await event.crowd.arrive(people(event.pool, 'late', 10));
    await sleep(OUTAGE_MS / 2);
    const isTold = (outcome: string, times: number) => event.toldOnce(outcome).length >= times;
    await waitFor(
      'everybody to be answered',
      DECIDED_MS_MAX,
      () => isTold('WAIT', WAITING_MAX) && isTold('TOO_HOT', 10),
    );
    // Every question was answered, by inventory itself.
    expect(event.outcomes()).toEqual(['TOO_HOT', 'WAIT']);
    expect(event.toldOnce('WAIT')).toHaveLength(WAITING_MAX);
    expect(event.toldOnce('TOO_HOT')).toHaveLength(10);

    await world.server('kafka').start();
    await event.untilDecided();
    expect(event.toldOnce('GRANTED')).toHaveLength(WAITING_MAX + 10);
    event.crowd.send(
      event.pool,
      [...Array(25).keys()].map((index) => `fresh-${index}`),
    );
    await event.untilDecided();
    // Who was told "for now" asks again: what was proposed in vain comes back first.
    await waitFor('every unit to be granted', DECIDED_MS_MAX, () => event.toldOnce('GRANTED').length === 60);
    expect(await event.close()).toEqual([]);
  });

  it('MySQL away: no grab notices, and the recorder catches up', async () => {
    const event = await Event.open(world, 'mysql', goods(20));
    await world.server('mariadb').end('SIGKILL');
    await sleep(OUTAGE_MS / 2);
    await event.crowd.arrive(people(event.pool, 'buyer', 22));
    await event.untilDecided();
    await sleep(OUTAGE_MS / 2);
    expect(event.toldOnce('GRANTED')).toHaveLength(20);

    await world.server('mariadb').start();
    expect(await event.close()).toEqual([]);
  });

  it('Redis away and back without its data: nobody is told what is not so, and then everybody is served', async () => {
    const event = await Event.open(world, 'redis', goods(20));
    await event.crowd.arrive(people(event.pool, 'first', 10));
    await event.untilDecided();
    await world.server('redis').end('SIGKILL');
    await event.crowd.arrive(people(event.pool, 'buyer', 12));
    await sleep(OUTAGE_MS);
    expect(event.toldOnce('GRANTED')).toHaveLength(10);

    await world.server('redis').start();
    await world.redis.flushall();
    await event.untilDecided();
    // Someone may be told "sold out for now" of units that are about to come back.
    await waitFor('every unit to be sold', DECIDED_MS_MAX, () => event.toldOnce('GRANTED').length === 20);
    expect(await event.close()).toEqual([]);
  });

  it('the first choice stands still: the second serves, and the first goes on without harm', async () => {
    const event = await Event.open(world, 'pause', goods(20), 1_000);
    const { campaignId, pool } = event;
    await event.crowd.arrive(people(pool, 'first', 5));
    await event.untilDecided();
    const [first] = event.router.choices({ campaignId, poolId: pool.poolId, userId: 'any' }, pool.shards);
    const paused = world.instances.find(({ spec }) => spec.name === first);
    paused?.pause();
    await event.crowd.arrive(people(pool, 'buyer', 10));
    await event.untilDecided();
    expect(event.toldOnce('GRANTED')).toHaveLength(15);

    paused?.resume();
    await event.crowd.arrive(people(pool, 'after', 10));
    await event.untilDecided();
    // Someone may be told "sold out for now" of units that are about to come back.
    await waitFor('every unit to be sold', DECIDED_MS_MAX, () => event.toldOnce('GRANTED').length === 20);
    expect(await event.close()).toEqual([]);
  });
});

describe('with three brokers', () => {
  let world: ChaosWorld;
  beforeAll(async () => {
    world = await openWorld('chaos-3');
  });
  afterAll(async () => {
    await world.close();
    infra('down', 'chaos-3');
  });

  it('a leader killed under load: nothing that was read back is lost', async () => {
    const event = await Event.open(world, 'leader', goods(300, { shards: 4 }), 3_000);
    const arrival = event.crowd.arrive(people(event.pool, 'buyer', 320).map((one, at) => ({ ...one, atMs: at * 10 })));
    await waitFor('the first grants', DECIDED_MS_MAX, () => event.toldOnce('GRANTED').length > 20);
    const leader = await leaderIndex(world);
    await world.server(leader === 0 ? 'kafka' : `kafka-${leader + 1}`).end('SIGKILL');
    await arrival;
    await event.untilDecided();
    await waitFor('every unit to be sold', DECIDED_MS_MAX, () => event.toldOnce('GRANTED').length === 300);

    await world.heal();
    expect(await event.close()).toEqual([]);
  });
});
