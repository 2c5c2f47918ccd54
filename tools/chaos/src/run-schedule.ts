import { setTimeout as sleep } from 'node:timers/promises';
import { type TraceLine } from './audit/evidence';
import { CampaignScene } from './campaign-scene';
import { COUNTERS, type Counter } from './counters';
import { type FaultRun, runFaults } from './faults/run-faults';
import { Crowd } from './load/crowd';
import { GrabRouter } from './load/grab-router';
import { type Told, ToldLog } from './load/told';
import { describeFault } from './plan/fault-plan';
import { type SchedulePlan } from './plan/schedule-plan';
import { deadLetters, untilRecorded } from './quiesce';
import { Random } from './random';
import { allOver } from './servers/wait';
import { settle } from './settle';
import { type ChaosWorld } from './world';

export interface ScheduleResult {
  readonly seed: number;
  readonly plan: SchedulePlan;
  /** Each a sentence; none when all is well. */
  readonly wrong: readonly string[];
  readonly faults: readonly FaultRun[];
  /** Grants in the log, also of units that came back. */
  readonly grants: number;
  readonly counters: ReadonlyMap<Counter, number>;
  readonly repliesLost: number;
  readonly tookMs: number;
  /** What happened when, for people. */
  readonly timeline: readonly string[];
  readonly told: readonly Told[];
  readonly trace: readonly TraceLine[];
}

/** An answer that takes longer is "wait" to the person. */
const ANSWER_MS_MAX = 700;
/** How long those are waited for who still wait for servers that may be down for good. */
const LEAVE_MS_MAX = 10_000;

/**
 * Runs one schedule on a world whose servers and instances are all well, and leaves them so. What it throws is what is wrong with this
 * schedule: then the world is to be reset.
 */
export async function runSchedule(world: ChaosWorld, plan: SchedulePlan): Promise<ScheduleResult> {
  const startedAtMs = performance.now();
  const router = new GrabRouter(
    world.instances.map(({ spec }) => spec),
    ANSWER_MS_MAX,
  );
  try {
    const schedule = new Schedule(world, plan, router);
    const result = await schedule.run().catch((error: unknown) => schedule.brokenOff(error));
    return { ...result, tookMs: Math.round(performance.now() - startedAtMs) };
  } finally {
    router.close();
  }
}

class Schedule {
  private readonly timeline: string[] = [];
  private readonly faults: FaultRun[] = [];
  private told = new ToldLog();
  private scene: CampaignScene | undefined;
  private crowd: Crowd | undefined;

  constructor(
    private readonly world: ChaosWorld,
    private readonly plan: SchedulePlan,
    private readonly router: GrabRouter,
  ) {}

  async run(): Promise<Omit<ScheduleResult, 'tookMs'>> {
    const { world, plan, router } = this;
    const deadBefore = await deadLetters(world);
    const countersBefore = await this.counters();
    const lostBefore = this.repliesLost();
    const scene = await CampaignScene.publish(world, plan.campaignId, plan.pools, router);
    this.scene = scene;

    this.told = new ToldLog();
    const { campaignId } = plan;
    const crowd = new Crowd({ campaignId, router, told: this.told, expire: (told) => scene.expire(told) });
    this.crowd = crowd;
    await allOver([this.runFaults(scene), crowd.arrive(plan.people)]);
    this.note('load and faults are over');
    await world.heal();
    this.note('servers and instances are well again');
    const wrong = await settle({ world, plan, crowd, router, note: (what) => this.note(what) });
    this.note('settled');
    await crowd.stop();
    wrong.push(...(await untilRecorded(world)));
    this.note('recorded');
    const audit = await scene.audit({ told: this.told.lines, ended: crowd.expired });
    wrong.push(...audit.wrong);
    this.note('audited');
    const grants = audit.evidence.pools.reduce((sum, book) => sum + book.size, 0);
    if (grants === 0) wrong.push('no grant at all');
    const dead = (await deadLetters(world)) - deadBefore;
    if (dead > 0) wrong.push(`${dead} messages were set aside as dead letters`);
    wrong.push(...this.unexpectedEnds());
    const counters = difference(await this.counters(), countersBefore);
    return this.result({ wrong, grants, counters, repliesLost: this.repliesLost() - lostBefore, trace: audit.trace });
  }

  /** The result of a schedule that threw: what is known of it until then. Nobody of its people acts on the next one's world. */
  async brokenOff(error: unknown): Promise<Omit<ScheduleResult, 'tookMs'>> {
    this.note(`broken off: ${error instanceof Error ? error.stack : String(error)}`);
    const wrong = [`it broke off: ${reasonOf(error)}`, ...this.unexpectedEnds(), ...(await this.sendAway(error))];
    return this.result({ wrong, grants: 0, counters: new Map(), repliesLost: 0, trace: [] });
  }

  private result(
    found: Pick<ScheduleResult, 'wrong' | 'grants' | 'counters' | 'repliesLost' | 'trace'>,
  ): Omit<ScheduleResult, 'tookMs'> {
    const { plan, faults, timeline, told } = this;
    return { seed: plan.seed, plan, faults, timeline, told: told.lines, ...found };
  }

  /** Lets nobody ask or tell any more; a sentence when something else than `known` is wrong with that. */
  private async sendAway(known: unknown): Promise<string[]> {
    this.scene?.giveUp();
    const gone = Promise.resolve(this.crowd?.stop()).then(() => []);
    const late = sleep(LEAVE_MS_MAX, [`people were still busy ${LEAVE_MS_MAX} ms later`], { ref: false });
    return Promise.race([gone, late]).catch((error: unknown) => (error === known ? [] : [reasonOf(error)]));
  }

  private unexpectedEnds(): string[] {
    return this.world.instances.flatMap(({ unexpectedEnds }) => unexpectedEnds.splice(0));
  }

  private async runFaults({ from, published, expired }: CampaignScene): Promise<void> {
    const { world, plan } = this;
    const random = new Random(`faults ${plan.seed}`);
    const context = { world, random, stockLogFrom: from.stockLog, published, expired };
    const onOver = (run: FaultRun) => {
      const { plan: fault, fromMs, toMs } = run;
      this.faults.push(run);
      this.timeline.push(`${fromMs} to ${toMs} ms: ${describeFault(fault)} ${JSON.stringify(fault)}`);
    };
    await runFaults(plan.faults, context, () => this.told.nowMs, onOver);
  }

  private async counters(): Promise<Map<Counter, number>> {
    const all = await Promise.all(this.world.instances.map((instance) => instance.counters(COUNTERS)));
    return new Map(COUNTERS.map((name) => [name, all.reduce((sum, one) => sum + (one.get(name) ?? 0), 0)]));
  }

  private repliesLost(): number {
    const { redisProxies, kafkaProxies } = this.world;
    return [...redisProxies, ...kafkaProxies].reduce((sum, proxy) => sum + proxy.repliesLost, 0);
  }

  private note(what: string): void {
    this.timeline.push(`${this.told.nowMs} ms: ${what}`);
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function difference(after: ReadonlyMap<Counter, number>, before: ReadonlyMap<Counter, number>): Map<Counter, number> {
  return new Map(COUNTERS.map((name) => [name, (after.get(name) ?? 0) - (before.get(name) ?? 0)]));
}
