import { parseArgs } from 'node:util';
import { StackTrouble } from '@floodgate/tools/stack';
import { FAULT_KINDS, type FaultKind } from './plan/fault-plan';
import { CHAOS_PROFILES, type ChaosProfile } from './servers/environment';

export interface ChaosOptions {
  readonly profile: ChaosProfile;
  /** The first schedule's; the next ones count on. Undefined: drawn, and printed. */
  readonly seed: number | undefined;
  /** How many; undefined when `minutes` decides. */
  readonly schedules: number | undefined;
  /** No schedule begins after so many minutes. */
  readonly minutes: number | undefined;
  readonly kinds: readonly FaultKind[];
  /** Where the evidence of every schedule is kept; without it only that of a failing one is, in the profile's folder. */
  readonly keep: string | undefined;
  /** Runs the seeds of kept-seeds.json first. */
  readonly kept: boolean;
  /** How many stock logs are folded by the model too. */
  readonly checkWithModel: number;
}

export const USAGE = `Usage: npm run test:chaos -- [--seed S] [--schedules N | --minutes M] [--kinds ${FAULT_KINDS.join(',')}]
  [--profile ${CHAOS_PROFILES.join('|')}] [--keep DIR] [--kept] [--check-with-model N]`;

const SEED_MAX = 2 ** 31;

/** @throws StackTrouble that says what is wrong with the arguments. */
export function parseOptions(args: readonly string[]): ChaosOptions {
  const { values } = parse(args);
  return {
    profile: oneOf('profile', CHAOS_PROFILES, values.profile ?? 'chaos'),
    seed: wholeNumber('seed', values.seed, 0, SEED_MAX),
    schedules: wholeNumber('schedules', values.schedules, 1, 100_000),
    minutes: wholeNumber('minutes', values.minutes, 1, 24 * 60),
    kinds: values.kinds?.split(',').map((kind) => oneOf('kinds', FAULT_KINDS, kind)) ?? FAULT_KINDS,
    keep: values.keep,
    kept: values.kept ?? false,
    checkWithModel: wholeNumber('check-with-model', values['check-with-model'], 0, 100_000) ?? 0,
  };
}

function parse(args: readonly string[]) {
  const string = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        profile: string,
        seed: string,
        schedules: string,
        minutes: string,
        kinds: string,
        keep: string,
        kept: { type: 'boolean' },
        'check-with-model': string,
      },
    });
  } catch (error) {
    throw new StackTrouble(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function oneOf<T extends string>(name: string, list: readonly T[], text: string): T {
  const found = list.find((one) => one === text);
  if (found === undefined) throw new StackTrouble(`--${name}: "${text}" is none of ${list.join(', ')}.\n${USAGE}`);
  return found;
}

function wholeNumber(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < min || number > max) {
    throw new StackTrouble(`--${name} must be a whole number from ${min} to ${max}, not "${text}".\n${USAGE}`);
  }
  return number;
}
