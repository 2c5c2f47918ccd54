import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServerSpec } from './environment';
import { commandLineOf, sendSignal } from './process-signals';
import { waitFor } from './wait';

const END_MS_MAX = 60_000;
const READY_MS_MAX = 60_000;
const AGAIN_AFTER_MS = 200;

/** One server of a fault profile: killed, paused and started at will. Known by the pid file that `npm run infra` keeps too. */
export class ServerProcess {
  constructor(
    readonly spec: ServerSpec,
    /** Throws while the server does not answer. */
    private readonly probe: () => Promise<void>,
  ) {}

  /** Undefined when it does not run. */
  get pid(): number | undefined {
    const { pid } = JSON.parse(readFileSync(this.spec.pidFile, 'utf8')) as { pid: number };
    const commandLine = commandLineOf(pid);
    return commandLine !== undefined && this.spec.marks.some((mark) => commandLine.includes(mark)) ? pid : undefined;
  }

  /** Ends it and returns when it is gone: at once, with SIGTERM in order. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    sendSignal(pid, signal);
    await waitFor(`the end of ${this.spec.title}`, END_MS_MAX, () => this.pid === undefined);
  }

  /** It stands still and keeps its connections. */
  pause(): void {
    if (this.pid !== undefined) sendSignal(this.pid, 'SIGSTOP');
  }

  resume(): void {
    if (this.pid !== undefined) sendSignal(this.pid, 'SIGCONT');
  }

  /** Starts it unless it runs, in a session of its own, and returns when it answers. */
  async start(): Promise<void> {
    let child = this.pid === undefined ? await this.spawn() : undefined;
    await waitFor(`${this.spec.title} to answer`, READY_MS_MAX, async () => {
      if (child !== undefined && hasEnded(child)) {
        // One that was killed may hold its port for a moment after its name is gone: then the next ends at once.
        await sleep(AGAIN_AFTER_MS);
        child = await this.spawn();
      }
      await this.probe();
      return true;
    });
  }

  private async spawn(): Promise<ChildProcess> {
    const { command, args, cwd, log, marks, pidFile } = this.spec;
    const output = openSync(log, 'a');
    const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', output, output] });
    closeSync(output);
    await once(child, 'spawn');
    writeFileSync(pidFile, `${JSON.stringify({ pid: child.pid, marks })}\n`);
    child.unref();
    return child;
  }
}

/** One that a signal ended has no exit code. */
const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;
