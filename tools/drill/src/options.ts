import { parseArgs } from 'node:util';
import { StackTrouble } from '@floodgate/tools/stack';
import { type Drill } from './drill';
import { findDrill } from './knobs';

/** What to do. */
export type Command =
  | { readonly kind: 'list' }
  | { readonly kind: 'document'; readonly reports: readonly string[] }
  | {
      readonly kind: 'run';
      readonly drills: readonly Drill[];
      /** Measured; the warm-up comes on top. */
      readonly rounds: number;
      /** Where the JSON goes; nowhere when absent. */
      readonly report: string | undefined;
    };

const ROUNDS = 2;
const ROUNDS_MAX = 20;

const USAGE = `Usage: npm run drill -- knob NAME... [options]   by its drill's name or by its path in the plan
       npm run drill -- all [options]
       npm run drill -- list
       npm run drill -- document REPORT...
  --report FILE   writes what was found as JSON
  --rounds N      measured rounds (${ROUNDS})`;

/** @throws StackTrouble with the usage when the arguments do not hold, and with the names there are for an unknown knob. */
export function parseCommand(args: readonly string[], drills: readonly Drill[]): Command {
  const { values, positionals } = parse(args);
  const [command, ...names] = positionals;
  if (command === 'document' && names.length > 0) return { kind: 'document', reports: names };
  if (command === 'list' && names.length === 0) return { kind: 'list' };
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
    throw new StackTrouble(`--rounds must be a whole number from 1 to ${ROUNDS_MAX}.\n${USAGE}`);
  }
  const run = { kind: 'run', rounds, report: values.report } as const;
  if (command === 'all' && names.length === 0) return { ...run, drills };
  if (command !== 'knob' || names.length === 0) throw new StackTrouble(USAGE);
  return { ...run, drills: [...new Set(names.map((name) => drillOf(name, drills)))] };
}

function drillOf(name: string, drills: readonly Drill[]): Drill {
  const drill = findDrill(drills, name);
  if (drill !== undefined) return drill;
  const names = drills.map((one) => one.name).join(', ');
  throw new StackTrouble(`There is no drill "${name}"; there are ${names}.`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { report: { type: 'string' }, rounds: { type: 'string', default: String(ROUNDS) } },
    });
  } catch (error) {
    throw new StackTrouble(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}
