import { setTimeout as sleep } from 'node:timers/promises';
import { computeRow, describeMachine, type Machine, type Row, type Sample } from '@floodgate/tools/bench';
import { AHEAD_MS, type Campaign } from './campaigns';
import { type Drill, type Findings, type Scene } from './drill';
import { type Moment } from './moment';
import { EARLY_MS, FIGURES, rowSpecOf, sampleOf, type Side, SIDES } from './figures';
import { quietPlan } from './quiet-plan';
import { beyondRest, type Span } from './spending';
import { type World } from './world';

/** What a drill found, as --report writes it. In its rows `limit` is the knob off, `ours` the knob on. */
export interface DrillReport {
  readonly drill: string;
  readonly kind: Drill['load']['kind'];
  readonly machine: Machine;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly rounds: number;
  readonly rows: readonly Row[];
  /** Every figure of every measured round, by side. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
  /** How many people came away with what, in all measured rounds, by side. */
  readonly told: Readonly<Record<Side, Told>>;
  readonly errorsByKind: Readonly<Record<string, number>>;
  /** No errors: only then do the figures mean anything. */
  readonly ok: boolean;
}

type Told = Findings['told'];

export interface DrillContext {
  readonly world: World;
  readonly rounds: number;
  /** Begins the ids of campaigns, users and grabs, so that no two drills share any. */
  readonly runId: string;
  readonly say: (line: string) => void;
}

/** From when a plan is about to be put into force until people come. */
const OBEYING_MS = 2_500;
const WARM_UP = 'warm-up';

/** Orders and the like that people leave behind are not the next run's. */
const REST_MS = 2_000;

/** Runs the same load with the knob off and on, alternately; before that once with it off, which nobody reports. */
export async function runDrill(drill: Drill, context: DrillContext): Promise<DrillReport> {
  const { world, rounds, runId, say } = context;
  const date = new Date().toISOString();
  const kept = drill.campaign === 'sale-ahead' ? undefined : await world.publish(runId, drill.campaign);
  const runs: Run[] = [];
  let runNo = 0;
  const run = async (side: Side, what: string) => {
    say(`${drill.name}, ${what}: ${side}`);
    const measured = await measure(drill, context, side, (runNo += 1), kept);
    runs.push({ side, isWarmUp: what === WARM_UP, ...measured });
  };
  await run('off', WARM_UP);
  for (let round = 1; round <= rounds; round += 1) {
    for (const side of SIDES) await run(side, `round ${round} of ${rounds}`);
  }
  const { samples, told, errors } = resultOf(runs);
  return {
    drill: drill.name,
    kind: drill.load.kind,
    machine: describeMachine(),
    date,
    rounds,
    rows: FIGURES[drill.load.kind].map((figure) => computeRow(rowSpecOf(figure), samples)),
    samples: Object.fromEntries(samples),
    told,
    errorsByKind: errors,
    ok: Object.keys(errors).length === 0,
  };
}

interface Run {
  readonly side: Side;
  readonly isWarmUp: boolean;
  readonly findings: Findings;
  /** From the first to come until the end, and the first EARLY_MS of that. */
  readonly whole: Span;
  readonly early: Span;
  /** Before the first came. */
  readonly rest: Span;
}

/** Errors of the warm-up count too. */
function resultOf(runs: readonly Run[]) {
  const rests = runs.map(({ rest }) => rest);
  const samples = new Map<Side, Sample[]>(SIDES.map((side) => [side, []]));
  const told = { off: {}, on: {} } satisfies Record<Side, Told>;
  const errors: Record<string, number> = {};
  for (const { side, isWarmUp, findings, whole, early } of runs) {
    addTo(errors, findings.errors, `${side}: `);
    if (isWarmUp) continue;
    const spending = { whole: beyondRest(whole, rests), early: beyondRest(early, rests) };
    samples.get(side)?.push(sampleOf(findings, spending));
    addTo(told[side], findings.told);
  }
  return { samples, told, errors };
}

function addTo(sums: Record<string, number>, counts: Readonly<Record<string, number>>, prefix = ''): void {
  for (const [kind, count] of Object.entries(counts)) sums[prefix + kind] = (sums[prefix + kind] ?? 0) + count;
}

async function measure(
  drill: Drill,
  { world, runId }: DrillContext,
  side: Side,
  runNo: number,
  kept: Campaign | undefined,
): Promise<Pick<Run, 'findings' | 'whole' | 'early' | 'rest'>> {
  const { load } = drill;
  const campaign = kept ?? (await world.publish(`${runId}-${runNo}`, drill.campaign));
  const scene = { world, campaignId: campaign.campaignId, runId: `${runId}-${runNo}`, runNo };
  await load.prepare?.(scene);
  const nowMs = Date.now();
  const comesAtMs = drill.campaign === 'sale-ahead' ? campaign.t0Ms - AHEAD_MS : nowMs + OBEYING_MS;
  const moment: Moment = { nowMs, comesAtMs, t0Ms: campaign.t0Ms };
  await world.obey(planOf(drill, side, moment), campaign, drill.tier, moment);
  const rest = await world.rest(comesAtMs);
  const watched = await watch(world, drill, { ...scene, startedAt: performance.now() });
  await sleep(REST_MS);
  return { ...watched, rest };
}

/** The quiet plan with what holds for both sides, and the knob as this side has it. */
export function planOf({ both, off, on }: Pick<Drill, 'both' | 'off' | 'on'>, side: Side, moment: Moment) {
  const turns = [both, side === 'on' ? on : off];
  return turns.reduce((plan, turn) => turn?.(plan, moment) ?? plan, quietPlan(moment));
}

async function watch(world: World, { load }: Drill, scene: Scene): Promise<Omit<Run, 'side' | 'isWarmUp' | 'rest'>> {
  const before = await world.spent();
  const [findings, early] = await Promise.all([load.run(scene), sleep(EARLY_MS).then(() => world.spent())]);
  // Both sides are watched for the same time, at least.
  await sleep(Math.max(0, scene.startedAt + load.lastsMs - performance.now()));
  const after = await world.spent();
  return { findings, whole: { before, after }, early: { before, after: early } };
}
