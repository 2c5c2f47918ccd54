import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PolicyStore } from '@floodgate/client';
import { loadEnvironment, type RunningApp, type Stack, startApps, type StartOptions } from '@floodgate/tools/stack';
import { runAudit } from './audit';
import { checksOf } from './checks';
import { ClientLog } from './client-log';
import { type Crowd, keepAliveFetch, until } from './crowd';
import { killAtBusiest, type KillNote } from './kill';
import { Measurements } from './measurements';
import { readMetric } from './metrics';
import { type DemoOptions } from './options';
import { playEveryone, settleDoubts } from './people';
import { directPlan } from './plan-director';
import { outageLeadMs, type PlanOutage, takePlanAway } from './plan-outage';
import {
  type Compressed,
  compressPlan,
  type Operators,
  publishCampaigns,
  restorePlan,
  signInOperators,
} from './prepare';
import { rehearse } from './rehearse';
import { readDurableSettings, StoreReader } from './readings';
import { funnelOf, type Report } from './report';
import { switchRedis } from './redis-switch';
import { reportText } from './report-text';
import { cardSplit, demoPlan, type Pace, planScene, saleId, type Scene, splitId, timedSale } from './scene';
import { settle } from './settle';
import { Show } from './show';
import { Sightings } from './sightings';
import { Tally } from './tally';
import { forPeople, type TierOneSeen, watchTierOne } from './tier-one';

/** The fake payment channel misbehaves a little: answers get lost after the money moved, and some payments surely fail. */
const CHANNEL_FAULTS = { CHANNEL_ANSWER_LOST_SHARE: '0.02', CHANNEL_LATENCY_MS: '20' };
const POLL_AFTER_MS_MIN = 500;

/** Results are looked at more often than in production, so that what happens is soon seen; less often by a larger crowd. */
function appEnv(users: number): StartOptions['env'] {
  const pollAfterMs = String(Math.max(POLL_AFTER_MS_MIN, Math.round(users / 2)));
  return {
    'prize-payout': { ...CHANNEL_FAULTS, CHANNEL_PAY_FAILURE_SHARE: '0.05', PAYOUT_POLL_AFTER_MS: pollAfterMs },
    order: { ...CHANNEL_FAULTS, CHANNEL_COLLECT_FAILURE_SHARE: '0.02', ORDER_POLL_AFTER_MS: pollAfterMs },
  };
}

type Played = Omit<Report, 'ok' | 'invariants' | 'durationMs' | 'unexpectedEnds'>;

/** Plays the demo on a profile whose servers are up and migrated, and reports. Returns the exit code. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const startedAtMs = Date.now();
  const environment = loadEnvironment(options.profile);
  if (options.killPlanService) await switchRedis('check', environment);
  const unexpectedEnds: string[] = [];
  say('starting seven apps');
  const stack = await startApps(environment, {
    env: appEnv(options.users),
    leave: options.keep,
    say,
    onUnexpectedEnd: (app, how) => unexpectedEnds.push(`${app} (${how})`),
  });
  stopOnInterrupt(stack);
  let played: Played;
  try {
    played = await play(stack, options, outageLeadMs(Date.now() - startedAtMs));
  } finally {
    if (!options.keep) await stack.stopAll();
  }
  say(`auditing the stores${options.keep ? '' : ', with every app stopped'}`);
  const invariants = await runAudit(environment, played.clientLog);
  const isSound = invariants.length > 0 && [...invariants, ...played.checks].every(({ ok }) => ok);
  const ok = isSound && played.unsettled.length === 0 && unexpectedEnds.length === 0;
  const report: Report = { ok, ...played, invariants, unexpectedEnds, durationMs: Date.now() - startedAtMs };
  process.stdout.write(`${reportText(report)}\n`);
  if (options.reportFile !== undefined) writeFileSync(options.reportFile, `${JSON.stringify(report, null, 2)}\n`);
  return ok ? 0 : 1;
}

/** Both campaigns from the first task to the last fen. */
async function play(stack: Stack, options: DemoOptions, leadMs: number): Promise<Played> {
  const { users, units } = options;
  const stores = await StoreReader.open(stack.environment);
  const traffic = keepAliveFetch();
  try {
    const operators = await signInOperators(stack);
    const measurements = new Measurements(stack, stores);
    await measurements.measureIdle();
    const offsetMs = await stores.offsetMs();
    const runId = `d${(Date.now() + offsetMs).toString(36)}`;
    const base = {
      tally: new Tally(),
      log: new ClientLog(join(stack.environment.directory, 'client-log'), runId),
      sightings: new Sightings(),
      baseUrl: stack.urlOf('gateway'),
      fetch: traffic.fetch,
      policies: new PolicyStore(),
      offsetMs,
    };
    const pace = await rehearseCampaign(base, operators, runId, options);
    const delayMs = options.killPlanService ? leadMs : 0;
    const scene = planScene(runId, Date.now() + offsetMs, { users, units, pace, delayMs });
    const compressed = await compressPlan(operators, demoPlan(scene, users, pace));
    await publishCampaigns(operators, [cardSplit(scene, users), timedSale(scene)]);
    const crowd: Crowd = { ...base, scene };
    const show = new Show(crowd, operators.client, users);
    show.start();
    const stage = { stack, operators, crowd, stores, measurements, show, options, compressed, leadMs };
    const ended = await playBothCampaigns(stage);
    await show.stop();
    await restorePlan(operators, compressed.before);
    await crowd.log.close();
    return await gather(stage, ended);
  } finally {
    await traffic.close();
    await stores.close();
  }
}

/** Returns what this machine takes. */
async function rehearseCampaign(
  base: Omit<Crowd, 'scene'>,
  operators: Operators,
  runId: string,
  { users, seed }: DemoOptions,
): Promise<Pace> {
  say('a rehearsal, to warm up and to see how many people this machine takes');
  const startMs = Date.now() + base.offsetMs;
  const planned = planScene(`${runId}r`, startMs, { users: 1, units: 1, pace: ANY_PACE });
  // T0 lies so far away that tier 1 of whatever plan is in force begins when nobody is there any more.
  const { plan } = await operators.author.current();
  const scene = { ...planned, splitAtMs: startMs + plan.tier1.beforeMs + REHEARSAL_MS };
  await publishCampaigns(operators, [cardSplit(scene, users)]);
  const pace = await rehearse({ ...base, scene }, seed);
  say(`${pace.visitsPerSecond.toFixed(1)} visits, ${pace.requestsPerSecond.toFixed(0)} requests a second`);
  return pace;
}

const REHEARSAL_MS = 60_000;
const ANY_PACE: Pace = { visitsPerSecond: 1, requestsPerSecond: 10 };

interface Stage {
  readonly stack: Stack;
  readonly operators: Operators;
  readonly crowd: Crowd;
  readonly stores: StoreReader;
  readonly measurements: Measurements;
  readonly show: Show;
  readonly options: DemoOptions;
  readonly compressed: Compressed;
  /** See outageLeadMs. */
  readonly leadMs: number;
}

interface Ended {
  readonly killed: KillNote | null;
  readonly outage: PlanOutage | null;
  readonly tierOne: TierOneSeen;
  readonly unsettled: readonly string[];
}

async function playBothCampaigns(stage: Stage): Promise<Ended> {
  const { stack, operators, crowd, stores, measurements, show, options, leadMs } = stage;
  const { scene, tally } = crowd;
  const nowMs = () => Date.now() + crowd.offsetMs;
  const { came, seen } = watchTierOne({ stack, operators, crowd, stores, note: show.note });
  const [doubts, tierOne, outage, killed] = await Promise.all([
    playEveryone(crowd, options.users, options.seed),
    seen,
    options.killPlanService ? takePlanAway(stack, crowd, { leadMs, tier1Came: came }, show.note) : null,
    options.kill === undefined ? null : killAtBusiest(stack, options.kill, scene, nowMs, show.note),
    directPlan(operators, crowd, measurements, show.note),
    measurements.measureGrabPhase(until(crowd, scene.splitAtMs), grabPhaseMs(scene), () =>
      tally.count('packet granted'),
    ),
  ]);
  show.waitFor('the last payouts and orders');
  const unsettled = await settle(operators.client, stores, scene, show.waitFor);
  await settleDoubts(crowd, doubts);
  show.waitFor('nothing more');
  return { killed, outage, tierOne, unsettled };
}

/** Until just before the sale opens. */
const grabPhaseMs = ({ splitAtMs, saleOpensAtMs }: Scene) => saleOpensAtMs - splitAtMs - 500;

async function gather(stage: Stage, { tierOne, outage, killed, unsettled }: Ended): Promise<Played> {
  const { stack, stores, measurements, crowd, options, compressed } = stage;
  const { scene, tally, log } = crowd;
  const { dueAt, tiers, reissues, page } = tierOne;
  const apps: readonly RunningApp[] = stack.apps;
  const [grabAnswers, payouts, orders, participateStatus, durableSettings, { again }] = await Promise.all([
    readMetric(stack.urlOf('gateway'), 'floodgate_grab_answers_total'),
    stores.payoutStates(splitId(scene)),
    stores.orderStates(saleId(scene)),
    measurements.participateStatus(),
    readDurableSettings(stack.environment, stores),
    stores.payAttempts(splitId(scene)),
  ]);
  return {
    runId: scene.runId,
    seed: options.seed,
    users: options.users,
    apps,
    funnel: funnelOf({ users: options.users, tally, grabAnswers, payouts, orders }),
    outcomes: tally.outcomes(),
    latencyMs: tally.latencyMs(),
    grantCost: measurements.grantCost(),
    participateStatus,
    tier1DueAt: dueAt,
    tiers,
    page,
    reissueAttemptsInTier1: reissues.inTier1,
    reissueAttemptsAfterTier1: again - reissues.inTier1,
    refusedPayoutsInTier1: reissues.waitingInTier1,
    ...forPeople(crowd, compressed.plan),
    checks: checksOf({ tiers, reissues, versionMin: compressed.version, outage }),
    planOutage: outage,
    durableSettings,
    clientLog: log.file,
    killed,
    unsettled,
  };
}

const INTERRUPTED = 130;

/** Ctrl-C reaches this program alone, as the apps have sessions of their own; they are stopped in order before it ends. */
function stopOnInterrupt(stack: Stack): void {
  const stop = () => {
    process.stdout.write('\nstopping the apps\n');
    stack.stopAll().then(
      () => process.exit(INTERRUPTED),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

const say = (line: string) => process.stdout.write(`[demo] ${line}\n`);
