import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TraceLine } from './audit/evidence';
import { type ScheduleResult } from './run-schedule';
import { type ChaosWorld } from './world';

/** Writes down all that a person needs to find out what went wrong in a schedule; returns the folder. */
export function keepEvidence(result: ScheduleResult, folder: string, world: ChaosWorld): string {
  const directory = join(folder, String(result.seed));
  mkdirSync(directory, { recursive: true });
  const { plan, told, trace, timeline, wrong } = result;
  writeFileSync(join(directory, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
  writeFileSync(join(directory, 'told.jsonl'), linesOf(told));
  writeFileSync(join(directory, 'timeline.txt'), [...timeline, '', ...wrong, ''].join('\n'));
  writeTrace(trace, join(directory, 'stock-log.jsonl'));
  for (const { log } of world.instances) if (existsSync(log)) copyFileSync(log, join(directory, basename(log)));
  return directory;
}

/** A stock log as `npm run spec -- --trace` reads it: a record a line. */
export function writeTrace(trace: readonly TraceLine[], file: string): void {
  writeFileSync(file, linesOf(trace));
}

const linesOf = (list: readonly object[]) => list.map((line) => `${JSON.stringify(line)}\n`).join('');

interface KeptSeed {
  readonly seed: number;
  /** What was wrong, and what mended it. */
  readonly why: string;
}

/** Seeds that once failed. They are run again by `--kept` and by `npm test`. */
export function keptSeeds(root: string): number[] {
  const file = join(root, 'tools/chaos/kept-seeds.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as KeptSeed[]).map(({ seed }) => seed);
}
