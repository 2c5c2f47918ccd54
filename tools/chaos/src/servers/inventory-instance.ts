import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ChaosEnvironment, type InstanceSpec } from './environment';
import { commandLineOf, sendSignal } from './process-signals';
import { InVain, waitFor } from './wait';

const READY_MS_MAX = 60_000;
const ASK_MS_MAX = 2_000;

/** Of this process's environment; everything else an instance needs is in its own. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'];

interface PidNote {
  readonly pid: number;
  readonly mark: string;
}

/** One instance of inventory, built and in its production configuration. */
export class InventoryInstance {
  private child: ChildProcess | undefined;
  private readonly expectedEnds = new Set<ChildProcess>();
  private readonly main: string;
  private readonly mark: string;
  private readonly noteFile: string;
  readonly log: string;
  /** How it ended although nobody killed it. */
  readonly unexpectedEnds: string[] = [];
  /** Sums of counters of lives that are over, by metric. */
  private readonly counted = new Map<string, number>();

  constructor(
    readonly spec: InstanceSpec,
    private readonly environment: ChaosEnvironment,
    private readonly durations: Readonly<Record<string, string>>,
  ) {
    this.main = join(environment.root, 'dist/apps/inventory/src/main.js');
    this.mark = `${this.main} ${environment.name} ${spec.name}`;
    // Where `npm run infra -- down` looks for what a program that was killed has left behind.
    this.noteFile = join(environment.directory, 'pids', `${spec.name}.json`);
    this.log = join(environment.directory, 'logs', `${spec.name}.log`);
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Starts it; it serves some time later. */
  async spawn(): Promise<void> {
    mkdirSync(dirname(this.noteFile), { recursive: true });
    const inherited = INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
    const output = openSync(this.log, 'a');
    const child = spawn(process.execPath, [this.main, this.environment.name, this.spec.name], {
      cwd: this.environment.root,
      env: { ...(Object.fromEntries(inherited) as Record<string, string>), ...this.spec.env, ...this.durations },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    await once(child, 'spawn');
    this.child = child;
    child.once('exit', (code, signal) => {
      if (!this.expectedEnds.has(child))
        this.unexpectedEnds.push(`${this.spec.name} ended by itself: ${signal ?? code}`);
    });
    const note: PidNote = { pid: child.pid ?? 0, mark: this.mark };
    writeFileSync(this.noteFile, `${JSON.stringify(note)}\n`);
  }

  /** Ends it and returns when it is gone. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { child } = this;
    if (child === undefined || !this.isRunning) return;
    this.expectedEnds.add(child);
    const ended = once(child, 'exit');
    child.kill(signal);
    // One that stands still would not even hear a SIGTERM.
    child.kill('SIGCONT');
    await ended;
  }

  /** What it has said so far is of no interest any more. */
  forgetLog(): void {
    rmSync(this.log, { force: true });
  }

  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** @throws when it has ended, or is not ready in time. */
  async untilReady(): Promise<void> {
    await waitFor(`${this.spec.name} to be ready (its log: ${this.log})`, READY_MS_MAX, async () => {
      if (!this.isRunning) throw new InVain(`${this.spec.name} has ended; its log: ${this.log}`);
      const response = await this.fetch('/health/ready');
      if (response.ok) return true;
      throw new Error(await response.text());
    });
  }

  /** Notes what its counters say now, before it is killed. What cannot be asked is not counted. */
  async keepCounters(names: readonly string[]): Promise<void> {
    for (const [name, value] of await this.readCounters(names))
      this.counted.set(name, (this.counted.get(name) ?? 0) + value);
  }

  /** Counters since the first start, over all its lives that were noted. */
  async counters(names: readonly string[]): Promise<Map<string, number>> {
    const now = await this.readCounters(names);
    return new Map(names.map((name) => [name, (this.counted.get(name) ?? 0) + (now.get(name) ?? 0)]));
  }

  private async readCounters(names: readonly string[]): Promise<Map<string, number>> {
    try {
      const text = await (await this.fetch('/metrics')).text();
      return new Map(names.map((name) => [name, sumOf(text, name)]));
    } catch {
      // It is away or stands still.
      return new Map();
    }
  }

  private fetch(path: string): Promise<Response> {
    const signal = AbortSignal.timeout(ASK_MS_MAX);
    return fetch(`http://127.0.0.1:${this.spec.httpPort}${path}`, { signal });
  }

  /** Ends what an earlier run, that was killed, has left behind. */
  killLeftover(): void {
    let note: PidNote;
    try {
      note = JSON.parse(readFileSync(this.noteFile, 'utf8')) as PidNote;
    } catch {
      return;
    }
    if (commandLineOf(note.pid)?.includes(note.mark) === true) sendSignal(note.pid, 'SIGKILL');
  }
}

/** A metric summed over its labels; 0 when it is not there. */
function sumOf(text: string, name: string): number {
  const lines = text.split('\n').filter((line) => line.startsWith(name) && /^[ {]/.test(line.slice(name.length)));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
