import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type App, type StackEnvironment, StackTrouble } from '@floodgate/tools/stack';

const READY_MS_MAX = 60_000;
const STOP_MS_MAX = 10_000;
const POLL_MS = 100;

export interface CopyOptions {
  readonly environment: StackEnvironment;
  readonly app: App;
  /** Differs from every other process of the run. */
  readonly name: string;
  readonly httpPort: number;
  /** On top of the first instance's configuration. */
  readonly env: Readonly<Record<string, string>>;
}

/** One more instance of an app than the profile has. It ends with the bench. */
export class AppCopy {
  private child: ChildProcess | undefined;

  constructor(private readonly options: CopyOptions) {}

  get name(): string {
    return this.options.name;
  }

  get httpPort(): number {
    return this.options.httpPort;
  }

  /** Of the running process. */
  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) throw new StackTrouble(`${this.name} does not run.`);
    return pid;
  }

  /** Returns when it is ready. @throws StackTrouble when it ends before, or takes too long. */
  async start(moreEnv: Readonly<Record<string, string>> = {}): Promise<void> {
    const { environment, app, name, httpPort, env } = this.options;
    const stateDirectory = join(environment.directory, 'state', name);
    for (const folder of [stateDirectory, environment.logs]) mkdirSync(folder, { recursive: true });
    const log = openSync(join(environment.logs, `${name}.log`), 'a');
    const main = join(environment.root, 'dist/apps', app, 'src/main.js');
    // As the first instance is started.
    this.child = spawn(process.execPath, ['--enable-source-maps', main], {
      cwd: environment.root,
      env: {
        PATH: process.env['PATH'],
        ...environment.apps[app].env,
        STATE_DIR: stateDirectory,
        ...env,
        ...moreEnv,
        HTTP_PORT: String(httpPort),
      },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const giveUpAtMs = performance.now() + READY_MS_MAX;
    while (!(await this.isReady())) {
      if (!this.isRunning) throw new StackTrouble(`${name} ended while starting; see ${environment.logs}/${name}.log.`);
      if (performance.now() > giveUpAtMs) {
        throw new StackTrouble(`${name} is not ready after ${READY_MS_MAX / 1_000} s; see ${environment.logs}.`);
      }
      await sleep(POLL_MS);
    }
  }

  /** Kills it with -9. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** In order, by force after 10 s. Nothing happens when it does not run. */
  async stop(): Promise<void> {
    const force = setTimeout(() => this.child?.kill('SIGKILL'), STOP_MS_MAX);
    await this.end('SIGTERM');
    clearTimeout(force);
  }

  /** Without waiting, for a program that must end now. */
  killNow(): void {
    this.child?.kill('SIGKILL');
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { child } = this;
    if (child === undefined || !this.isRunning) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  private async isReady(): Promise<boolean> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.httpPort}/health/ready`, {
        signal: AbortSignal.timeout(5_000),
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      // Nobody listens yet.
      return false;
    }
  }
}
