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

/** Runs one schedule on a world whose servers and instances are all well, and leaves them so. */
export async function runSchedule(world: ChaosWorld, plan: SchedulePlan): Promise<ScheduleResult> {
  const startedAtMs = performance.now();
  const router = new GrabRouter(
    world.instances.map(({ spec }) => spec),
    ANSWER_MS_MAX,
  );
  try {
    const schedule = new Schedule(world, plan, router);
    return { ...(await schedule.run()), tookMs: Math.round(performance.now() - startedAtMs) };
  } finally {
    router.close();
  }
}

class Schedule {
  private readonly timeline: string[] = [];
  private told = new ToldLog();

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

    this.told = new ToldLog();
    const { campaignId } = plan;
    const crowd = new Crowd({ campaignId, router, told: this.told, expire: (told) => scene.expire(told) });
    const [faults] = await Promise.all([this.runFaults(scene), crowd.arrive(plan.people)]);
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
    for (const { unexpectedEnds } of world.instances) wrong.push(...unexpectedEnds.splice(0));
    return {
      seed: plan.seed,
      plan,
      wrong,
      faults,
      grants,
      counters: difference(await this.counters(), countersBefore),
      repliesLost: this.repliesLost() - lostBefore,
      timeline: this.timeline,
      told: this.told.lines,
      trace: audit.trace,
    };
  }

  private async runFaults({ from, published, expired }: CampaignScene): Promise<FaultRun[]> {
    const { world, plan } = this;
    const random = new Random(`faults ${plan.seed}`);
    const context = { world, random, stockLogFrom: from.stockLog, published, expired };
    const runs = await runFaults(plan.faults, context, () => this.told.nowMs);
    for (const { plan: fault, fromMs, toMs } of runs) {
      this.timeline.push(`${fromMs} to ${toMs} ms: ${describeFault(fault)} ${JSON.stringify(fault)}`);
    }
    return runs;
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

function difference(after: ReadonlyMap<Counter, number>, before: ReadonlyMap<Counter, number>): Map<Counter, number> {
  return new Map(COUNTERS.map((name) => [name, (after.get(name) ?? 0) - (before.get(name) ?? 0)]));
}
