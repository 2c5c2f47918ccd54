/** `npm run test:chaos`: seeded schedules of faults under load against real servers, each judged by an audit of the stores. */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { runTool } from '@floodgate/tools/stack';
import { keepEvidence, keptSeeds } from './keep';
import { type ChaosOptions, parseOptions } from './options';
import { FAULT_KINDS } from './plan/fault-plan';
import { planSchedule } from './plan/schedule-plan';
import { scheduleLine, type ScheduleSummary, summary } from './report';
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
  try {
    for (const seed of seedsOf(options, world.environment.root)) {
      if (stop.aborted) break;
      if (results.length % SCHEDULES_A_WORLD === 0) await world.reset();
      const result = await runSeed(seed, options, world);
      results.push(summaryOf(result));
      // What a failed schedule left behind must not fail the next.
      if (result.wrong.length > 0 && !stop.aborted) await world.reset();
    }
  } finally {
    await world.close();
  }
  say(summary(results));
  return results.length > 0 && results.every(({ wrong }) => wrong.length === 0) ? 0 : 1;
});

function* seedsOf({ seed, schedules, minutes, kept }: ChaosOptions, root: string): Generator<number> {
  const endAtMs = minutes === undefined ? Infinity : performance.now() + minutes * 60_000;
  if (kept) for (const one of keptSeeds(root)) yield one;
  const first = seed ?? randomInt(RANDOM_SEED_MAX);
  const count = schedules ?? (minutes === undefined ? 1 : Infinity);
  for (let index = 0; index < count && performance.now() < endAtMs; index++) yield first + index;
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
