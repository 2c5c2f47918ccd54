import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { appOf, type Instance, type StackEnvironment } from './environment';
import { commandLineOf, dropNote, isEnding, otherOwner, runningNote, writeNote } from './pid-notes';
import { isNodeError } from './node-error';
import { StackTrouble } from './trouble';

const POLL_MS = 100;
/** A process that was ended holds its ports for some milliseconds more. */
const ENDING_MS_MAX = 15_000;
const LOG_LINES_SHOWN = 15;
/** Of this process's environment; everything else an app needs is in its own. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_OPTIONS', 'LOG_LEVEL'];

export interface SpawnOptions {
  /** Added to what the profile gives the instance. */
  readonly env: Readonly<Record<string, string>>;
  /** Left running when this program ends. */
  readonly leave: boolean;
  /** Keeps what the log holds from an earlier start. */
  readonly appendLog: boolean;
  /** Writes to this program's output instead of a log file. */
  readonly inTerminal: boolean;
}

export const logFileOf = (environment: StackEnvironment, instance: Instance) =>
  join(environment.logs, `${instance}.log`);

/** PATH and the like, and what is given. */
export function childEnv(given: Readonly<Record<string, string>>): Record<string, string> {
  const inherited = INHERITED.flatMap((name): [string, string][] => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(inherited), ...given };
}

/**
 * Starts an instance of a built app in a session of its own, so that a Ctrl-C meant for this program does not reach it, and notes its pid.
 * @throws StackTrouble when it is not built, or its port is taken.
 */
export async function spawnApp(
  environment: StackEnvironment,
  instance: Instance,
  options: SpawnOptions,
): Promise<ChildProcess> {
  const main = join(environment.root, 'dist/apps', appOf(instance), 'src/main.js');
  if (!existsSync(main)) throw new StackTrouble(`${instance} is not built: there is no ${main}.`);
  const env = childEnv({ ...environment.apps[instance].env, ...options.env });
  await checkPortIsFree(instance, Number(env['HTTP_PORT']));
  mkdirSync(environment.logs, { recursive: true });
  const log = openSync(logFileOf(environment, instance), options.appendLog ? 'a' : 'w');
  // The names are no arguments of the app's; they tell the processes of profiles and copies apart in a list of them.
  const args = ['--enable-source-maps', main, environment.name, instance];
  const child = spawn(process.execPath, args, {
    cwd: environment.root,
    env,
    detached: true,
    stdio: options.inTerminal ? ['ignore', 'inherit', 'inherit'] : ['ignore', log, log],
  });
  closeSync(log);
  await once(child, 'spawn');
  if (child.pid === undefined) throw new StackTrouble(`${instance} could not be started.`);
  const owner = options.leave ? undefined : { pid: process.pid, commandLine: commandLineOf(process.pid) ?? '' };
  writeNote(environment, instance, { pid: child.pid, mark: args.slice(1).join(' '), ...(owner && { owner }) });
  child.unref();
  return child;
}

async function checkPortIsFree(instance: Instance, port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } catch (error) {
    if (isNodeError(error, 'ECONNREFUSED')) return;
    throw error;
  } finally {
    socket.destroy();
  }
  throw new StackTrouble(
    `${instance} cannot start: another program listens on port ${port}; end it, or set FLOODGATE_PORT_SHIFT=100 to move all ports.`,
  );
}

/** The last lines of an instance's log that are not empty. */
export function lastLogLines(environment: StackEnvironment, instance: Instance): string {
  const file = logFileOf(environment, instance);
  if (!existsSync(file)) return '';
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .slice(-LOG_LINES_SHOWN)
    .join('\n');
}

/**
 * Waits until the instance says that it is ready.
 * @throws StackTrouble with the last lines of its log when it ends, or is not ready in time.
 */
export async function untilReady(
  environment: StackEnvironment,
  instance: Instance,
  child: ChildProcess,
  timeoutMs: number,
): Promise<void> {
  const url = `http://127.0.0.1:${environment.apps[instance].httpPort}/health/ready`;
  const giveUpAtMs = performance.now() + timeoutMs;
  let answer = 'no answer';
  const fail = (what: string) =>
    new StackTrouble(
      `${instance} ${what}. The end of ${logFileOf(environment, instance)}:\n${lastLogLines(environment, instance)}`,
    );
  for (;;) {
    if (hasEnded(child)) throw fail(`ended while starting (${howItEnded(child)})`);
    answer = await askReady(url);
    if (answer === 'ready') return;
    if (performance.now() > giveUpAtMs) throw fail(`is not ready after ${timeoutMs / 1000} s (${answer})`);
    await sleep(POLL_MS);
  }
}

async function askReady(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const body = await response.text();
    return response.ok ? 'ready' : `${response.status} ${body}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

export const howItEnded = (child: ChildProcess) =>
  child.signalCode === null ? `exit code ${child.exitCode}` : child.signalCode;

/** Sends a signal to a process; nothing happens when it has ended meanwhile. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isNodeError(error, 'ESRCH')) throw error;
  }
}

/**
 * Stops an instance by its pid file, whoever started it: politely, and by force after graceMs. Says whether it ran.
 * @throws StackTrouble when another program that still runs looks after it.
 */
export async function stopByNote(environment: StackEnvironment, instance: Instance, graceMs: number): Promise<boolean> {
  const note = runningNote(environment, instance);
  if (note !== undefined) {
    const owner = otherOwner(note);
    if (owner !== undefined) {
      throw new StackTrouble(
        `The ${environment.name} profile is in use by "${owner.commandLine}" (pid ${owner.pid}): wait for it, or stop it.`,
      );
    }
    signal(note.pid, 'SIGTERM');
    const killAtMs = performance.now() + graceMs;
    while (runningNote(environment, instance) !== undefined) {
      if (performance.now() > killAtMs) signal(note.pid, 'SIGKILL');
      await sleep(POLL_MS);
    }
    const giveUpAtMs = performance.now() + ENDING_MS_MAX;
    while (isEnding(note.pid)) {
      if (performance.now() > giveUpAtMs)
        throw new StackTrouble(`${instance} (pid ${note.pid}) was ended and does not go: look at it with ps.`);
      await sleep(POLL_MS);
    }
  }
  dropNote(environment, instance);
  return note !== undefined;
}
