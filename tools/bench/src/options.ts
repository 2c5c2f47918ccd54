import { parseArgs } from 'node:util';
import { StackTrouble } from '@floodgate/tools/stack';
import { type BenchOptions, STRATEGIES } from './bench';

export interface Options extends BenchOptions {
  readonly bench: string;
  /** Where the JSON goes; nowhere when absent. */
  readonly report: string | undefined;
}

// Fewer than three rounds have no middle.
const ROUNDS_MIN = 3;

const optionLines = `
  --report FILE      writes what was found as JSON
  --rounds N         measured rounds, at least ${ROUNDS_MIN} (${ROUNDS_MIN})
  --seconds N        how long a measurement lasts, about (3)
  --connections N    clients at once (128)
  --size SHARE       of requests, units and rows where a bench has a fixed number of them (1); below 1 the figures do not count
  --inventories N    inventory instances, 1 or 2 (2)
  --strategy NAME    of the pools: ${STRATEGIES.join(', ')} (${STRATEGIES[0] ?? ''})
  --profile-cpu DIR  writes a CPU profile of each app there; the figures do not count then`;

/** @throws StackTrouble with the usage when the arguments do not hold. */
export function parseOptions(args: readonly string[], benches: readonly string[]): Options {
  const usage = `Usage: npm run bench -- ${benches.join('|')} [options]${optionLines}
       npm run bench -- document REPORT...`;
  const { values, positionals } = parse(args, usage);
  const [bench, ...more] = positionals;
  if (bench === undefined || more.length > 0 || !benches.includes(bench)) throw new StackTrouble(usage);
  const whole = (name: 'rounds' | 'seconds' | 'connections' | 'inventories', min: number, max: number) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new StackTrouble(`--${name} must be a whole number from ${min} to ${max}. ${usage}`);
    }
    return value;
  };
  const strategy = STRATEGIES.find((name) => name === values.strategy);
  if (strategy === undefined) {
    throw new StackTrouble(`--strategy must be one of ${STRATEGIES.join(', ')}. ${usage}`);
  }
  const size = Number(values.size);
  if (!(size > 0 && size <= 1)) throw new StackTrouble(`--size must be above 0 and at most 1. ${usage}`);
  return {
    bench,
    report: values.report,
    rounds: whole('rounds', ROUNDS_MIN, 100),
    seconds: whole('seconds', 1, 60),
    connections: whole('connections', 1, 10_000),
    size,
    inventories: whole('inventories', 1, 2),
    strategy,
    cpuProfileDirectory: values['profile-cpu'],
  };
}

function parse(args: readonly string[], usage: string) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        report: { type: 'string' },
        rounds: { type: 'string', default: String(ROUNDS_MIN) },
        seconds: { type: 'string', default: '3' },
        connections: { type: 'string', default: '128' },
        size: { type: 'string', default: '1' },
        inventories: { type: 'string', default: '2' },
        strategy: { type: 'string', default: STRATEGIES[0] },
        'profile-cpu': { type: 'string' },
      },
    });
  } catch (error) {
    throw new StackTrouble(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}
