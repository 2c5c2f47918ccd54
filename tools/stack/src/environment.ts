import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StackTrouble } from './trouble';

/** In the order in which they are started and reported. */
export const APPS = [
  'gateway',
  'activity',
  'card-collection',
  'inventory',
  'order',
  'prize-payout',
  'degradation-plan',
] as const;

export type App = (typeof APPS)[number];

/** The running copies of the apps: the first of an app has its name. */
export const INSTANCES = [...APPS, 'inventory-2'] as const;

export type Instance = (typeof INSTANCES)[number];

export type ProfileName = 'dev' | 'test';

/** One instance of an app. */
export interface AppEnvironment {
  readonly httpPort: number;
  /** What the instance is configured with. */
  readonly env: Readonly<Record<string, string>>;
  /** The app's own database; the gateway has none. */
  readonly schema?: string;
  /** What its migrations run with: the schema owner's account, which the app itself does not get. */
  readonly migrationEnv?: Readonly<Record<string, string>>;
}

/** One set of local servers and the apps on them, as deploy/local/profiles.mjs says. */
export interface StackEnvironment {
  readonly name: string;
  /** The repository's root folder; built apps lie in its dist/. */
  readonly root: string;
  /** Everything that is written for this profile lies below it. */
  readonly directory: string;
  readonly logs: string;
  readonly apps: Readonly<Record<Instance, AppEnvironment>>;
  /** May do anything. */
  readonly adminUrl: string;
  /** May read every Floodgate database and change none. */
  readonly auditUrl: string;
  readonly redisUrl: string;
  readonly kafkaBrokers: string;
}

export function isApp(name: string): name is App {
  return (APPS as readonly string[]).includes(name);
}

export function isInstance(name: string): name is Instance {
  return (INSTANCES as readonly string[]).includes(name);
}

/** The app that an instance is a copy of. */
export function appOf(instance: Instance): App {
  return instance === 'inventory-2' ? 'inventory' : instance;
}

/** The instances of an app, at most `count` of them, the first of them first. */
export function instancesOf(app: App, count = Infinity): Instance[] {
  return INSTANCES.filter((instance) => appOf(instance) === app).slice(0, count);
}

/** The repository's root folder, seen from the sources as well as from dist/. */
export function repositoryRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'nx.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new StackTrouble(`${__dirname} is not inside the repository.`);
    folder = parent;
  }
  return folder;
}

/**
 * Reads a profile's addresses, accounts and secrets; makes the secrets when there are none yet.
 * @throws StackTrouble when there is no such profile.
 */
export function loadEnvironment(profile: string): StackEnvironment {
  const root = repositoryRoot();
  const script = join(root, 'tools/stack/environment.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, profile], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new StackTrouble(stderr.trim());
  return JSON.parse(stdout) as StackEnvironment;
}
