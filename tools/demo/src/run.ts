import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PolicyStore } from '@floodgate/client';
import { loadEnvironment, type RunningApp, type Stack, startApps, type StartOptions } from '@floodgate/tools/stack';
import { runAudit } from './audit';
import { ClientLog } from './client-log';
import { type Crowd, keepAliveFetch, until } from './crowd';
import { killAtBusiest, type KillNote } from './kill';
import { Measurements } from './measurements';
import { readMetric } from './metrics';
import { type DemoOptions } from './options';
import { playEveryone, settleDoubts } from './people';
import { directPlan } from './plan-director';
import { compressPlan, type Operators, publishCampaigns, restorePlan, signInOperators } from './prepare';
import { rehearse } from './rehearse';
import { readDurableSettings, StoreReader } from './readings';
import { funnelOf, type Report } from './report';
import { reportText } from './report-text';
import { cardSplit, demoPlan, type Pace, planScene, saleId, type Scene, splitId, timedSale } from './scene';
import { settle } from './settle';
import { Show } from './show';
import { Tally } from './tally';

/** The fake payment channel misbehaves a little: answers get lost after the money moved, and some payments surely fail. */
const CHANNEL_FAULTS = { CHANNEL_ANSWER_LOST_SHARE: '0.02', CHANNEL_LATENCY_MS: '20' };
const POLL_AFTER_MS_MIN = 500;

/** Results are looked at more often than in production, so that what happens is soon seen; less often by a larger crowd. */
function appEnv(users: number): StartOptions['env'] {
  const pollAfterMs = String(Math.max(POLL_AFTER_MS_MIN, Math.round(users / 2)));
  return {
    'prize-payout': { ...CHANNEL_FAULTS, CHANNEL_PAY_FAILURE_SHARE: '0.02', PAYOUT_POLL_AFTER_MS: pollAfterMs },
    order: { ...CHANNEL_FAULTS, CHANNEL_COLLECT_FAILURE_SHARE: '0.02', ORDER_POLL_AFTER_MS: pollAfterMs },
  };
}

type Played = Omit<Report, 'ok' | 'invariants' | 'durationMs' | 'unexpectedEnds'>;

/** Plays the demo on the dev profile, whose servers are up and migrated, and reports. Returns the exit code. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const startedAtMs = Date.now();
  const environment = loadEnvironment('dev');
  const unexpectedEnds: string[] = [];
  say('starting seven apps');
  const stack = await startApps(environment, {
    env: appEnv(options.users),
    leave: options.keep,
    onUnexpectedEnd: (app, how) => unexpectedEnds.push(`${app} (${how})`),
  });
  stopOnInterrupt(stack);
  let played: Played;
  try {
    played = await play(stack, options);
  } finally {
    if (!options.keep) await stack.stopAll();
  }
  say(`auditing the stores${options.keep ? '' : ', with every app stopped'}`);
  const invariants = await runAudit(environment, played.clientLog);
  const isSound = invariants.length > 0 && invariants.every(({ ok }) => ok);
  const ok = isSound && played.unsettled.length === 0 && unexpectedEnds.length === 0;
  const report: Report = { ok, ...played, invariants, unexpectedEnds, durationMs: Date.now() - startedAtMs };
  process.stdout.write(`${reportText(report)}\n`);
  if (options.reportFile !== undefined) writeFileSync(options.reportFile, `${JSON.stringify(report, null, 2)}\n`);
  return ok ? 0 : 1;
}

/** Both campaigns from the first task to the last fen. */
async function play(stack: Stack, options: DemoOptions): Promise<Played> {
  const { users, units } = options;
  const stores = await StoreReader.open(stack.environment);
  const traffic = keepAliveFetch();
  try {
    const operators = await signInOperators(stack);
    const measurements = new Measurements(stack, stores);
    await measurements.measureIdle();
    const nowMs = await stores.nowMs();
    const runId = `d${nowMs.toString(36)}`;
    const base = {
      tally: new Tally(),
      log: new ClientLog(join(stack.environment.directory, 'client-log'), runId),
      baseUrl: stack.urlOf('gateway'),
      fetch: traffic.fetch,
      policies: new PolicyStore(),
      offsetMs: nowMs - Date.now(),
    };
    const pace = await rehearseCampaign(base, operators, runId, options);
    const scene = planScene(runId, Date.now() + base.offsetMs, { users, units, pace });
    const planBefore = await compressPlan(operators, demoPlan(scene, users, pace));
    await publishCampaigns(operators, [cardSplit(scene, users), timedSale(scene)]);
    const crowd: Crowd = { ...base, scene };
    const show = new Show(crowd, operators.client, users);
    show.start();
    const ended = await playBothCampaigns({ stack, operators, crowd, stores, measurements, show, options });
    await show.stop();
    await restorePlan(operators, planBefore);
    await crowd.log.close();
    return await gather({ ...ended, stack, stores, measurements, crowd, options });
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
}

interface Ended {
  readonly killed: KillNote | null;
  readonly unsettled: readonly string[];
}

async function playBothCampaigns(stage: Stage): Promise<Ended> {
  const { stack, operators, crowd, stores, measurements, show, options } = stage;
  const { scene, tally } = crowd;
  const nowMs = () => Date.now() + crowd.offsetMs;
  const [doubts, killed] = await Promise.all([
    playEveryone(crowd, options.users, options.seed),
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
  return { killed, unsettled };
}

/** Until just before the sale opens. */
const grabPhaseMs = ({ splitAtMs, saleOpensAtMs }: Scene) => saleOpensAtMs - splitAtMs - 500;

type Gathering = Ended & Omit<Stage, 'operators' | 'show'>;

async function gather({ stack, stores, measurements, crowd, options, ...ended }: Gathering): Promise<Played> {
  const { scene, tally, log } = crowd;
  const apps: readonly RunningApp[] = stack.apps;
  const [grabAnswers, payouts, orders, participateStatus, durableSettings] = await Promise.all([
    readMetric(stack.urlOf('gateway'), 'floodgate_grab_answers_total'),
    stores.payoutStates(splitId(scene)),
    stores.orderStates(saleId(scene)),
    measurements.participateStatus(),
    readDurableSettings(stack.environment, stores),
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
    durableSettings,
    clientLog: log.file,
    ...ended,
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
