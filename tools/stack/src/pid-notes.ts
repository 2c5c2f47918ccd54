import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Instance, type StackEnvironment } from './environment';
import { isNodeError } from './node-error';

/** What is remembered about a started instance of an app, so that a later run finds it. */
export interface PidNote {
  readonly pid: number;
  /** A text that its command line holds and no other program's does. */
  readonly mark: string;
  /** The program that started it and means to stop it; absent when it was left running on purpose. */
  readonly owner?: { readonly pid: number; readonly commandLine: string };
}

/**
 * The command line of a process, spaces between arguments; undefined when there is none, or it has ended and awaits its parent.
 */
export function commandLineOf(pid: number): string | undefined {
  if (existsSync('/proc/self/cmdline')) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
    } catch (error) {
      if (isNodeError(error, 'ENOENT', 'ESRCH')) return undefined;
      throw error;
    }
  }
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim() || undefined;
}

/** Whether a process that has no command line any more still holds its ports and files: Linux takes those after its memory, thread by thread. */
export function isEnding(pid: number): boolean {
  if (commandLineOf(pid) !== undefined) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The state follows the name, which may hold anything. Z: all of it is gone, but for what its parent wants to know.
    const isLeft = stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
    return !isLeft || readdirSync(`/proc/${pid}/task`).length > 1;
  } catch (error) {
    if (isNodeError(error, 'ENOENT', 'ESRCH')) return false;
    throw error;
  }
}

const noteFile = (environment: StackEnvironment, instance: Instance) =>
  join(environment.directory, 'pids', `${instance}.json`);

export function writeNote(environment: StackEnvironment, instance: Instance, note: PidNote): void {
  mkdirSync(join(environment.directory, 'pids'), { recursive: true });
  writeFileSync(noteFile(environment, instance), `${JSON.stringify(note)}\n`);
}

export function dropNote(environment: StackEnvironment, instance: Instance): void {
  rmSync(noteFile(environment, instance), { force: true });
}

/**
 * The note of an instance that still runs. A pid counts only while its command line holds the mark: pids are given out again, and
 * someone else's process must never be stopped.
 */
export function runningNote(environment: StackEnvironment, instance: Instance): PidNote | undefined {
  let note: PidNote;
  try {
    note = JSON.parse(readFileSync(noteFile(environment, instance), 'utf8')) as PidNote;
  } catch (error) {
    if (isNodeError(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
  return commandLineOf(note.pid)?.includes(note.mark) === true ? note : undefined;
}

/** The program that still looks after it, when that is not this one. */
export function otherOwner(note: PidNote): PidNote['owner'] {
  const owner = note.owner;
  if (owner === undefined || owner.pid === process.pid) return undefined;
  return commandLineOf(owner.pid) === owner.commandLine ? owner : undefined;
}
