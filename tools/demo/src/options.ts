import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Instance, INSTANCES, isInstance, type ProfileName, StackTrouble } from '@floodgate/tools/stack';

export interface DemoOptions {
  readonly users: number;
  /** Packets in the card split; the sale has a quarter of it. */
  readonly units: number;
  /** Decides everything that people choose. */
  readonly seed: string;
  /** Where the report is written as JSON. */
  readonly reportFile: string | undefined;
  /** Killed with -9 at its busiest moment, and started again. */
  readonly kill: Instance | undefined;
  /** Kills the plan service before tier 1 is due, and starts a gateway anew with Redis stopped. */
  readonly killPlanService: boolean;
  /** Leaves the apps running afterwards. */
  readonly keep: boolean;
  /** Whose servers it plays on; they are up and migrated. */
  readonly profile: ProfileName;
}

const USERS_DEFAULT = 500;
const USERS_MAX = 20_000;
const UNITS_SHARE = 0.4;

export const USAGE = `Usage: npm run demo -- [options]
  --users N      how many people take part (${USERS_DEFAULT})
  --units M      packets in the card split; the sale has a quarter of it (${UNITS_SHARE} of the users)
  --seed S       decides what people choose (1)
  --report FILE  writes the report as JSON
  --kill APP     kills an app with -9 at its busiest moment and starts it again: ${INSTANCES.join(', ')}
  --kill-plan-service
                 kills the plan service before tier 1 is due, and starts the gateway anew while Redis is stopped
  --profile P    the servers to play on, which must be up: dev, test (dev)
  --keep         leaves the apps running; npm stop ends them`;

/** @throws StackTrouble with how to use it, when an option is wrong. */
export function parseOptions(args: readonly string[]): DemoOptions {
  const values = read(args);
  const users = whole('--users', values.users, USERS_DEFAULT, USERS_MAX);
  const kill = values.kill;
  if (values.report !== undefined && !existsSync(dirname(resolve(values.report)))) {
    throw wrong(`--report: there is no folder for ${values.report}`);
  }
  if (kill !== undefined && !isInstance(kill)) throw wrong(`--kill: there is no app "${kill}"`);
  const killPlanService = values['kill-plan-service'] ?? false;
  if (killPlanService && kill !== undefined)
    throw wrong('--kill-plan-service: one thing goes wrong at a time, so not with --kill');
  const profile = values.profile ?? 'dev';
  if (profile !== 'dev' && profile !== 'test') throw wrong(`--profile: the demo does not play on "${profile}"`);
  return {
    users,
    units: whole('--units', values.units, Math.max(1, Math.round(users * UNITS_SHARE)), 1_000_000),
    seed: values.seed ?? '1',
    reportFile: values.report,
    kill,
    killPlanService,
    keep: values.keep ?? false,
    profile,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        users: { type: 'string' },
        units: { type: 'string' },
        seed: { type: 'string' },
        report: { type: 'string' },
        kill: { type: 'string' },
        'kill-plan-service': { type: 'boolean' },
        profile: { type: 'string' },
        keep: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function whole(option: string, text: string | undefined, otherwise: number, max: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) throw wrong(`${option}: a whole number from 1 to ${max}`);
  return value;
}

const wrong = (what: string) => new StackTrouble(`${what}\n\n${USAGE}`);
