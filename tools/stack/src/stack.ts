import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { hasEnded, howItEnded, signal, spawnApp, stopByNote, untilReady } from './app-process';
import { type App, APPS, loadEnvironment, type ProfileName, type StackEnvironment } from './environment';
import { StackTrouble } from './trouble';

const READY_MS_MAX = 90_000;
const STOP_GRACE_MS = 15_000;

export interface StartOptions {
  /** All of them by default. */
  readonly apps?: readonly App[];
  /** Configuration on top of the profile's, by app. */
  readonly env?: Partial<Readonly<Record<App, Readonly<Record<string, string>>>>>;
  /** Leaves the apps running when this program ends; stopApps finds them later. */
  readonly leave?: boolean;
  readonly readyMsMax?: number;
  /** The app whose output comes here instead of into its log file. */
  readonly inTerminal?: App;
  /** Told when an app ends that nobody stopped. */
  readonly onUnexpectedEnd?: (app: App, how: string) => void;
}

export interface RunningApp {
  readonly app: App;
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
  await Promise.all(apps.map((app) => stopByNote(environment, app, STOP_GRACE_MS)));
  const stack = new Stack(environment, options);
  try {
    await Promise.all(apps.map((app) => stack.start(app)));
  } catch (error) {
    await stack.stopAll();
    throw error;
  }
  return stack;
}

/**
 * Stops the apps of a profile that an earlier run left behind, by their pid files; returns those that ran.
 * @throws StackTrouble when another program that still runs looks after them.
 */
export async function stopApps(profile: ProfileName | StackEnvironment, apps: readonly App[] = APPS): Promise<App[]> {
  const environment = typeof profile === 'string' ? loadEnvironment(profile) : profile;
  const stopped = await Promise.all(apps.map((app) => stopByNote(environment, app, STOP_GRACE_MS)));
  return apps.filter((_, index) => stopped[index] === true);
}

/** Apps that this program started. */
export class Stack {
  private readonly children = new Map<App, ChildProcess>();
  private readonly expectedEnds = new Set<ChildProcess>();

  constructor(
    readonly environment: StackEnvironment,
    private readonly options: StartOptions,
  ) {}

  /** Those that run now. */
  get apps(): RunningApp[] {
    return APPS.flatMap((app): RunningApp[] => {
      const child = this.children.get(app);
      if (child?.pid === undefined || hasEnded(child)) return [];
      const { httpPort, schema } = this.environment.apps[app];
      return [{ app, pid: child.pid, port: httpPort, schema: schema ?? null }];
    });
  }

  /** http://host:port of an app. */
  urlOf(app: App): string {
    return `http://127.0.0.1:${this.environment.apps[app].httpPort}`;
  }

  /** Starts an app that does not run, with `env` on top of its configuration, and returns when it is ready. */
  async start(app: App, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const running = this.children.get(app);
    if (running !== undefined && !hasEnded(running)) throw new StackTrouble(`${app} runs already.`);
    const child = await spawnApp(this.environment, app, {
      env: { ...this.options.env?.[app], ...env },
      leave: this.options.leave ?? false,
      appendLog: running !== undefined,
      inTerminal: this.options.inTerminal === app,
    });
    this.children.set(app, child);
    child.once('exit', () => {
      if (!this.expectedEnds.has(child)) this.options.onUnexpectedEnd?.(app, howItEnded(child));
    });
    await untilReady(this.environment, app, child, this.options.readyMsMax ?? READY_MS_MAX);
  }

  /** Sends a signal and, where it ends the app, returns when it has ended. SIGSTOP and SIGCONT return at once. */
  async kill(app: App, name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.childOf(app);
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

  /** Stops the app in order, where it runs, and starts it again with `env` on top of its configuration. */
  async restart(app: App, env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.stop(app);
    await this.start(app, env);
  }

  /** Stops an app in order, by force after 15 s. */
  async stop(app: App): Promise<void> {
    const child = this.childOf(app);
    this.expectedEnds.add(child);
    const ended = endOf(child);
    await stopByNote(this.environment, app, STOP_GRACE_MS);
    await ended;
  }

  /** Stops every app in order. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.children.keys()].map((app) => this.stop(app)));
  }

  /** Kills what still runs, without waiting; for a program that must end now. */
  killAllNow(): void {
    for (const child of this.children.values()) {
      this.expectedEnds.add(child);
      if (child.pid !== undefined && !hasEnded(child)) signal(child.pid, 'SIGKILL');
    }
  }

  private childOf(app: App): ChildProcess {
    const child = this.children.get(app);
    if (child === undefined) throw new StackTrouble(`${app} was not started here.`);
    return child;
  }
}

async function endOf(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  // Otherwise unreferenced, and a program that waits for nothing else would just end.
  child.ref();
  await once(child, 'exit');
}
