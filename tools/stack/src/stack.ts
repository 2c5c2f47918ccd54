import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded, howItEnded, signal, spawnApp, stopByNote, untilReady } from './app-process';
import {
  type App,
  appOf,
  APPS,
  type Instance,
  INSTANCES,
  instancesOf,
  loadEnvironment,
  type ProfileName,
  type StackEnvironment,
} from './environment';
import { StackTrouble } from './trouble';

const READY_MS_MAX = 90_000;
const STOP_GRACE_MS = 15_000;
const STOP_AGAIN_MS = 100;

export interface StartOptions {
  /** All of them by default. */
  readonly apps?: readonly App[];
  /** How many instances of an app, where it is to be fewer than the profile has. */
  readonly instances?: Partial<Readonly<Record<App, number>>>;
  /** Configuration on top of the profile's, by app, for each of its instances. */
  readonly env?: Partial<Readonly<Record<App, Readonly<Record<string, string>>>>>;
  /** Leaves the apps running when this program ends; stopApps finds them later. */
  readonly leave?: boolean;
  readonly readyMsMax?: number;
  /** Told what was ended to make room. */
  readonly say?: (line: string) => void;
  /** The app whose output comes here instead of into its log file. */
  readonly inTerminal?: App;
  /** Told when an instance ends that nobody stopped. */
  readonly onUnexpectedEnd?: (instance: Instance, how: string) => void;
}

/** A running instance of an app. */
export interface RunningApp {
  readonly app: App;
  readonly instance: Instance;
  readonly pid: number;
  /** HTTP. */
  readonly port: number;
  /** The app's own database; the gateway has none. */
  readonly schema: string | null;
}

/**
 * Starts built apps and returns when each says that it is ready. What an earlier run left behind is stopped first.
 * The servers must be up and the migrations done.
 * @throws StackTrouble, with everything stopped again, when one of them does not start.
 */
export async function startApps(profile: ProfileName | StackEnvironment, options: StartOptions = {}): Promise<Stack> {
  const environment = typeof profile === 'string' ? loadEnvironment(profile) : profile;
  const apps = options.apps ?? APPS;
  const before = await stopApps(environment, apps);
  if (before.length > 0) options.say?.(`ended what an earlier command had left running: ${before.join(', ')}`);
  const stack = new Stack(environment, options);
  const instances = apps.flatMap((app) => instancesOf(app, options.instances?.[app]));
  const starts = instances.map((name) => stack.start(name));
  try {
    await Promise.all(starts);
  } catch (error) {
    // Some had no process yet when one failed; none is waited for until it is ready.
    let areSettled = false;
    const settled = Promise.allSettled(starts).then(() => (areSettled = true));
    while (!areSettled) {
      await stack.stopAll();
      await Promise.race([settled, sleep(STOP_AGAIN_MS)]);
    }
    await stack.stopAll();
    throw error;
  }
  return stack;
}

/**
 * Stops all instances of the apps of a profile that an earlier run left behind, by their pid files; returns those that ran.
 * @throws StackTrouble when another program that still runs looks after them.
 */
export async function stopApps(
  profile: ProfileName | StackEnvironment,
  apps: readonly App[] = APPS,
): Promise<Instance[]> {
  const environment = typeof profile === 'string' ? loadEnvironment(profile) : profile;
  const instances = apps.flatMap((app) => instancesOf(app));
  const stopped = await Promise.all(instances.map((instance) => stopByNote(environment, instance, STOP_GRACE_MS)));
  return instances.filter((_, index) => stopped[index] === true);
}

/** Instances of apps that this program started. */
export class Stack {
  private readonly children = new Map<Instance, ChildProcess>();
  private readonly expectedEnds = new Set<ChildProcess>();

  constructor(
    readonly environment: StackEnvironment,
    private readonly options: StartOptions,
  ) {}

  /** Those that run now. */
  get apps(): RunningApp[] {
    return INSTANCES.flatMap((instance): RunningApp[] => {
      const child = this.children.get(instance);
      if (child?.pid === undefined || hasEnded(child)) return [];
      const { httpPort, schema } = this.environment.apps[instance];
      return [{ app: appOf(instance), instance, pid: child.pid, port: httpPort, schema: schema ?? null }];
    });
  }

  /** http://host:port of an instance. */
  urlOf(instance: Instance): string {
    return `http://127.0.0.1:${this.environment.apps[instance].httpPort}`;
  }

  /** Starts an instance that does not run, with `env` on top of its configuration, and returns when it is ready. */
  async start(instance: Instance, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const running = this.children.get(instance);
    if (running !== undefined && !hasEnded(running)) throw new StackTrouble(`${instance} runs already.`);
    const app = appOf(instance);
    const child = await spawnApp(this.environment, instance, {
      env: { ...this.addressesOfFewer(instance), ...this.options.env?.[app], ...env },
      leave: this.options.leave ?? false,
      appendLog: running !== undefined,
      inTerminal: this.options.inTerminal === app,
    });
    this.children.set(instance, child);
    child.once('exit', () => {
      if (!this.expectedEnds.has(child)) this.options.onUnexpectedEnd?.(instance, howItEnded(child));
    });
    await untilReady(this.environment, instance, child, this.options.readyMsMax ?? READY_MS_MAX);
  }

  /** Sends a signal and, where it ends the instance, returns when it has ended. SIGSTOP and SIGCONT return at once. */
  async kill(instance: Instance, name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.childOf(instance);
    if (hasEnded(child)) return;
    if (name === 'SIGSTOP' || name === 'SIGCONT') {
      child.kill(name);
      return;
    }
    this.expectedEnds.add(child);
    const ended = endOf(child);
    child.kill(name);
    await ended;
  }

  /** Stops the instance in order, where it runs, and starts it again with `env` on top of its configuration. */
  async restart(instance: Instance, env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.stop(instance);
    await this.start(instance, env);
  }

  /** Stops an instance in order, by force after 15 s. */
  async stop(instance: Instance): Promise<void> {
    const child = this.childOf(instance);
    this.expectedEnds.add(child);
    const ended = endOf(child);
    await stopByNote(this.environment, instance, STOP_GRACE_MS);
    await ended;
  }

  /** Stops every instance in order. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.children.keys()].map((instance) => this.stop(instance)));
  }

  /** Kills what still runs, without waiting; for a program that must end now. */
  killAllNow(): void {
    for (const child of this.children.values()) {
      this.expectedEnds.add(child);
      if (child.pid !== undefined && !hasEnded(child)) signal(child.pid, 'SIGKILL');
    }
  }

  /** Where fewer instances of an app run than the profile has, nobody is to look for the others. */
  private addressesOfFewer(instance: Instance): Record<string, string> {
    const { env } = this.environment.apps[instance];
    const limited = Object.entries(this.options.instances ?? {}).flatMap(([app, count]): [string, string][] => {
      const variable = `${app.toUpperCase().replaceAll('-', '_')}_GRPC`;
      const addresses = env[variable];
      return addresses === undefined ? [] : [[variable, addresses.split(',').slice(0, count).join(',')]];
    });
    return Object.fromEntries(limited);
  }

  private childOf(instance: Instance): ChildProcess {
    const child = this.children.get(instance);
    if (child === undefined) throw new StackTrouble(`${instance} was not started here.`);
    return child;
  }
}

async function endOf(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  // Otherwise unreferenced, and a program that waits for nothing else would just end.
  child.ref();
  await once(child, 'exit');
}
