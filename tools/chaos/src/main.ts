/** `npm run test:chaos`: seeded schedules of faults under load against real servers, each judged by an audit of the stores. */
import { randomInt } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareFolds } from '@floodgate/tools/spec';
import { runTool } from '@floodgate/tools/stack';
import { keepEvidence, keptSeeds, writeTrace } from './keep';
import { type ChaosOptions, parseOptions } from './options';
import { FAULT_KINDS } from './plan/fault-plan';
import { planSchedule } from './plan/schedule-plan';
import { metTooSeldom, scheduleLine, type ScheduleSummary, summary } from './report';
import { runSchedule, type ScheduleResult } from './run-schedule';
import { ChaosWorld } from './world';

/** The log is read from its beginning by every instance that starts, so it must not grow for ever. */
const SCHEDULES_A_WORLD = 20;
const RANDOM_SEED_MAX = 1_000_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

void runTool(async () => {
  const options = parseOptions(process.argv.slice(2));
  const world = await ChaosWorld.open(options.profile);
  const stop = stopOnSignal();
  const results: ScheduleSummary[] = [];
  const traces = new Traces(join(world.environment.directory, 'traces'), options.checkWithModel);
  try {
    for (const seed of seedsOf(options, world.environment.root)) {
      if (stop.aborted) break;
      if (results.length % SCHEDULES_A_WORLD === 0) await makeAsNew(world);
      const result = await runSeed(seed, options, world);
      results.push(summaryOf(result));
      traces.add(result);
      // What a failed schedule left behind must not fail the next.
      if (result.wrong.length > 0 && !stop.aborted) await makeAsNew(world);
    }
  } finally {
    await world.close();
  }
  say(summary(results));
  const seldom = metTooSeldom(results, options.kinds);
  for (const sentence of seldom) say(sentence);
  const passed = results.filter(({ wrong }) => wrong.length === 0).length;
  const failed = results.length - passed + (await traces.check()) + seldom.length;
  // For `npm test`, which adds it to its own count.
  writeFileSync(join(world.environment.directory, 'last-run.json'), `${JSON.stringify({ passed, failed })}\n`);
  return passed > 0 && failed === 0 ? 0 : 1;
});

/**
 * With a time limit and no seed: those that once failed, one that is drawn, and then 1, 2, 3, ... until the time is over, so that
 * each run has the same ones and one that is new.
 */
function* seedsOf({ seed, schedules, minutes, kept }: ChaosOptions, root: string): Generator<number> {
  const endAtMs = minutes === undefined ? Infinity : performance.now() + minutes * 60_000;
  if (kept) yield* keptSeeds(root);
  const drawn = randomInt(RANDOM_SEED_MAX);
  if (minutes !== undefined && seed === undefined) yield drawn;
  const first = seed ?? (minutes === undefined ? drawn : 1);
  const count = schedules ?? (minutes === undefined ? 1 : Infinity);
  for (let index = 0; index < count && performance.now() < endAtMs; index++) yield first + index;
}

/** Tried twice: the first time may meet what a schedule that broke off has left behind, and instances that ended by themselves. */
async function makeAsNew(world: ChaosWorld): Promise<void> {
  try {
    await world.reset();
  } catch (error) {
    say(`       the world is not as new, once more: ${error instanceof Error ? error.message : String(error)}`);
    await world.reset();
  }
}

async function runSeed(seed: number, options: ChaosOptions, world: ChaosWorld): Promise<ScheduleResult> {
  const { kinds, profile, keep } = options;
  const plan = planSchedule(seed, { kinds, brokers: world.environment.brokers.length });
  const result = await runSchedule(world, plan);
  say(scheduleLine(result));
  const isFailed = result.wrong.length > 0;
  for (const sentence of result.wrong) say(`       ${sentence}`);
  if (isFailed || keep !== undefined) {
    const folder = keepEvidence(result, keep ?? join(world.environment.directory, 'seeds'), world);
    if (isFailed) {
      const more = [...(profile === 'chaos' ? [] : [`--profile ${profile}`]), ...kindsArgument(options)];
      say(`       evidence: ${folder}`);
      say(`       again: npm run test:chaos -- --seed ${seed} --schedules 1 ${more.join(' ')}`.trimEnd());
    }
  }
  return result;
}

const kindsArgument = ({ kinds }: ChaosOptions) =>
  kinds.length === FAULT_KINDS.length ? [] : [`--kinds ${kinds.join(',')}`];

function summaryOf({ seed, wrong, faults, grants, counters, repliesLost, tookMs }: ScheduleResult): ScheduleSummary {
  return { seed, wrong, faults, grants, counters, repliesLost, tookMs };
}

/** The stock logs of the first schedules, which the model folds too. */
class Traces {
  private readonly files: string[] = [];

  constructor(
    private readonly folder: string,
    private readonly countMax: number,
  ) {}

  add({ seed, trace }: ScheduleResult): void {
    // A schedule that broke off has none.
    if (this.files.length >= this.countMax || trace.length === 0) return;
    if (this.files.length === 0) {
      rmSync(this.folder, { recursive: true, force: true });
      mkdirSync(this.folder, { recursive: true });
    }
    const file = join(this.folder, `${seed}.jsonl`);
    writeTrace(trace, file);
    this.files.push(file);
  }

  /** 1 when the model folds any of them to something else than the code does, else 0. */
  async check(): Promise<number> {
    if (this.files.length === 0) return 0;
    const { records, shards, differences } = await compareFolds(this.files);
    for (const { trace, shard, what, onlyModel, onlyCode } of differences) {
      say(`${trace}, shard ${shard}, ${what}: only the model has ${onlyModel}, only the code ${onlyCode}`);
    }
    const all = `${records} records of ${shards} shards in ${this.files.length} stock logs`;
    say(`${all} folded by the code and by the model, ${differences.length} differences`);
    return differences.length === 0 ? 0 : 1;
  }
}

/** The schedule in hand is run to its end, so that nothing stays broken. */
function stopOnSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      say('stopping after this schedule');
      stop.abort();
    });
  }
  return stop.signal;
}
