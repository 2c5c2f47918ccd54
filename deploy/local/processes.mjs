/** Servers that outlive the script which started them, known by pid files. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Trouble } from './trouble.mjs';

const STOP_MS_MAX = 30_000;
/** A process that was ended holds its ports for some milliseconds more. */
const ENDING_MS_MAX = 15_000;
const POLL_MS = 100;

/** The command line of a process with spaces between arguments; undefined when there is no such process, or it has ended and awaits its parent. */
export function commandLineOf(pid) {
  if (existsSync('/proc/self/cmdline')) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
      throw error;
    }
  }
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() || undefined;
}

/** Whether a process that has no command line any more still holds its ports and files: Linux takes those after its memory, thread by thread. */
function isEnding(pid) {
  if (commandLineOf(pid) !== undefined) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The state follows the name, which may hold anything. Z: all of it is gone, but for what its parent wants to know.
    const isLeft = stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
    return !isLeft || readdirSync(`/proc/${pid}/task`).length > 1;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return false;
    throw error;
  }
}

const pidFileOf = (profile, server) => join(profile.directory, `${server}.pid`);

/**
 * The pid of a profile's server when it runs, else undefined. A pid counts only while its command line still holds one of
 * the marks noted at its start: pids are given out again, and someone else's process must never be stopped.
 */
export function pidOf(profile, server) {
  let note;
  try {
    note = JSON.parse(readFileSync(pidFileOf(profile, server), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
  const commandLine = commandLineOf(note.pid);
  return commandLine !== undefined && note.marks.some((mark) => commandLine.includes(mark)) ? note.pid : undefined;
}

/**
 * Starts a server in a session of its own, so that Ctrl-C and the end of this script do not reach it.
 * @param marks texts of which its command line always holds one, and no other program's does.
 * @throws Trouble when the program cannot be started.
 */
export async function startDetached(profile, server, { command, args, cwd, marks }) {
  const log = logOf(profile, server);
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'a');
  const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new Trouble(`${command} could not be started: ${error.message}.`);
  }
  writeFileSync(pidFileOf(profile, server), `${JSON.stringify({ pid: child.pid, marks })}\n`);
  child.unref();
}

/** What the server prints; servers may keep logs of their own beside it. */
export const logOf = (profile, server) => join(profile.logs, `${server}.log`);

/** The last lines of a server's log that are not empty, for a sentence about why it stopped. */
export function lastLines(profile, server, count) {
  const log = logOf(profile, server);
  if (!existsSync(log)) return '';
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n');
}

/**
 * Stops a server that this profile started: politely, and after 30 s by force, which all three survive without loss.
 * Returns 'stopped', 'killed', or 'not running'.
 */
export async function stop(profile, server) {
  const pid = pidOf(profile, server);
  if (pid === undefined) {
    rmSync(pidFileOf(profile, server), { force: true });
    return 'not running';
  }
  const signal = (name) => {
    try {
      process.kill(pid, name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  signal('SIGTERM');
  const giveUpAt = Date.now() + STOP_MS_MAX;
  while (pidOf(profile, server) !== undefined && Date.now() < giveUpAt) await sleep(POLL_MS);
  const isKilled = pidOf(profile, server) !== undefined;
  if (isKilled) {
    signal('SIGKILL');
    while (pidOf(profile, server) !== undefined) await sleep(POLL_MS);
  }
  const goneBy = Date.now() + ENDING_MS_MAX;
  while (isEnding(pid)) {
    if (Date.now() > goneBy) throw new Trouble(`${server} (pid ${pid}) was ended and does not go: look at it with ps.`);
    await sleep(POLL_MS);
  }
  rmSync(pidFileOf(profile, server), { force: true });
  return isKilled ? 'killed' : 'stopped';
}
