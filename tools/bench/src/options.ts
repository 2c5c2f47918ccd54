import { parseArgs } from 'node:util';
import { StackTrouble } from '@floodgate/tools/stack';

export interface Options {
  readonly bench: string;
  /** Where the JSON goes; nowhere when absent. */
  readonly report: string | undefined;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

// Fewer than three rounds have no middle.
const ROUNDS_MIN = 3;

/** @throws StackTrouble with the usage when the arguments do not hold. */
export function parseOptions(args: readonly string[], benches: readonly string[]): Options {
  const usage = `Usage: npm run bench -- ${benches.join('|')} [--report FILE] [--rounds N, at least ${ROUNDS_MIN}] [--seconds N] [--connections N]`;
  const { values, positionals } = parse(args, usage);
  const [bench, ...more] = positionals;
  if (bench === undefined || more.length > 0 || !benches.includes(bench)) throw new StackTrouble(usage);
  const whole = (name: 'rounds' | 'seconds' | 'connections', min: number, max: number) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new StackTrouble(`--${name} must be a whole number from ${min} to ${max}. ${usage}`);
    }
    return value;
  };
  return {
    bench,
    report: values.report,
    rounds: whole('rounds', ROUNDS_MIN, 100),
    seconds: whole('seconds', 1, 60),
    connections: whole('connections', 1, 10_000),
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
        seconds: { type: 'string', default: '4' },
        connections: { type: 'string', default: '128' },
      },
    });
  } catch (error) {
    throw new StackTrouble(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}
