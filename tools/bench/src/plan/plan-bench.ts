import { createDataSource, readDatabaseTimeMs } from '@floodgate/adapters/mysql';
import { BUILT_IN_SNAPSHOT } from '@floodgate/domain/degradation-plan';
import { newKeyPair, PlanFollower, planKeys, SyncedClock } from '@floodgate/nest-kit';
import { type Bench, type BenchContext, type Contender, type PreparedBench } from '../bench';
import { preparing } from '../prepared';
import { type RowSpec } from '../rows';
import { QUIET_LOG } from '../settings';
import { percentileOf, spreadOf } from '../statistics';
import { FollowerFleet } from './follower-fleet';

const EVALUATION = 'evaluation';
const IDLE = 'idle instances';
const SATURATED = 'saturated instances';
const ON_TIME = 'tier 1';

const INSTANCES = 20;
const PUSHES_A_SECOND = 10;
/** From a push until the instances are asked when they obeyed it. */
const SETTLE_MS = 300;
const EVALUATIONS = 2_000_000;
const CAMPAIGNS = 8;
/** Until tier 1 comes, so that every instance waits for it by then. */
const UNTIL_TIER_1_MS = 3_000;

/** The plan: what asking for the policy costs, how soon a plan is everywhere, and how evenly tier 1 comes. */
export const planBench: Bench = {
  name: 'plan',
  summary: `the plan on ${INSTANCES} instances, idle and saturated; tier 1 by their clocks; and what asking for the policy costs`,
  minutes: 5,
  rows,
  prepare,
};

function rows(): RowSpec[] {
  const of = (contender: string, figure: string) => ({ ours: { contender, figure } });
  const atMost = (limit: number) => ({ toReach: { of: 'ours', atMost: limit } as const });
  return [
    { name: 'asking for the policy', unit: 'us', ...of(EVALUATION, 'usPerPolicy'), ...atMost(1) },
    {
      name: `p99 until ${INSTANCES} idle instances obey a pushed plan`,
      unit: 'ms',
      ...of(IDLE, 'p99Ms'),
      ...atMost(100),
    },
    { name: 'p50 of that', unit: 'ms', ...of(IDLE, 'p50Ms') },
    { name: 'p99 with their main threads saturated', unit: 'ms', ...of(SATURATED, 'p99Ms'), ...atMost(200) },
    { name: 'p50 of that', unit: 'ms', ...of(SATURATED, 'p50Ms') },
    {
      name: 'tier 1, from the first instance to the last, one restarted alone',
      unit: 'ms',
      ...of(ON_TIME, 'skewMs'),
      ...atMost(50),
    },
    { name: 'memory that starting the receiver adds to a process', unit: 'MB', ...of(ON_TIME, 'receiverMb') },
  ];
}

function prepare({ environment, options, runId, say }: BenchContext): Promise<PreparedBench> {
  return preparing(async (endLater) => {
    const mysqlUrl = environment.auditUrl;
    const mysql = createDataSource({ url: mysqlUrl, poolSize: 1 });
    await mysql.initialize();
    endLater(() => mysql.destroy());
    const { redisUrl } = environment;
    const fleet = new FollowerFleet({ instances: INSTANCES, redisUrl, mysqlUrl, keysPrefix: `bench:${runId}` });
    endLater(() => fleet.close());
    say(`starting ${INSTANCES} instances`);
    const started = await fleet.start();
    const receiverMb = spreadOf(started.map(({ receiverBytes }) => receiverBytes / 1e6)).median;
    const pushes = Math.max(1, Math.round(options.seconds * PUSHES_A_SECOND * options.size));
    const contenders: Contender[] = [
      { name: EVALUATION, measure: async () => ({ sample: { usPerPolicy: await usPerPolicy() }, errors: {} }) },
      { name: IDLE, measure: () => pushed(fleet, pushes) },
      {
        name: SATURATED,
        measure: async () => {
          await fleet.askAll({ kind: 'burn', on: true });
          const measured = await pushed(fleet, pushes);
          await fleet.askAll({ kind: 'burn', on: false });
          return measured;
        },
      },
      {
        name: ON_TIME,
        measure: async (round) => {
          const alone = await fleet.restart(round % INSTANCES, true);
          const t0Ms = (await readDatabaseTimeMs(mysql)) + BUILT_IN_SNAPSHOT.plan.tier1.beforeMs + UNTIL_TIER_1_MS;
          const said = await fleet.askAll({ kind: 'await-tier-1', campaignId: `tier-1-${round}`, t0Ms });
          const { min, max } = spreadOf(said.map(({ atMs }) => atMs));
          await fleet.restart(round % INSTANCES, false);
          const isAlone = alone.source === 'disk' && alone.timeSource === 'kept';
          return {
            sample: { skewMs: max - min, receiverMb },
            errors: isAlone ? {} : { [`restarted with plan ${alone.source}, time ${alone.timeSource}`]: 1 },
          };
        },
      },
    ];
    return {
      contenders,
      audit: async () => {
        await fleet.push(SETTLE_MS);
        // The acknowledgement follows the obedience.
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
        const acknowledged = await fleet.acknowledged();
        return { ok: acknowledged === INSTANCES, detail: `${acknowledged} of ${INSTANCES} acknowledged the last plan` };
      },
    };
  });
}

async function pushed(fleet: FollowerFleet, pushes: number): ReturnType<Contender['measure']> {
  const latenciesMs: number[] = [];
  for (let push = 0; push < pushes; push++) latenciesMs.push(...(await fleet.push(SETTLE_MS)));
  const known = latenciesMs.filter(Number.isFinite).sort((a, b) => a - b);
  return {
    sample: { p50Ms: percentileOf(known, 50), p99Ms: percentileOf(known, 99) },
    errors: known.length === latenciesMs.length ? {} : { 'obeyed without being told when': 1 },
  };
}

/** As a gateway asks for each request: of one of several campaigns, at its own time. */
async function usPerPolicy(): Promise<number> {
  const follower = new PlanFollower({
    app: 'bench',
    instanceId: 'evaluation',
    redisUrl: 'redis://127.0.0.1:1',
    publicKeys: [newKeyPair().publicKey],
    stateDir: '/nonexistent',
    pollEveryMs: 3_600_000,
    clock: new SyncedClock(),
    log: QUIET_LOG,
    keys: planKeys('bench:nobody'),
  });
  const t0Ms = Date.now();
  const timelines = Array.from({ length: CAMPAIGNS }, (_, no) => ({ campaignId: `campaign-${no}`, t0Ms }));
  let tiers = 0;
  const startedAt = performance.now();
  for (let round = 0; round < EVALUATIONS / CAMPAIGNS; round++) {
    for (const timeline of timelines) tiers += follower.policyFor(timeline).tier;
  }
  const us = ((performance.now() - startedAt) * 1_000) / EVALUATIONS;
  await follower.stop();
  if (tiers !== EVALUATIONS) throw new Error('a campaign at its T0 is in tier 1');
  return us;
}
