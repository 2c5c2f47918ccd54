/** A lock file between processes of one machine, taken over when its holder is dead. */
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLineOf } from './processes.mjs';
import { Trouble } from './trouble.mjs';

const WAIT_MS_MAX = 15 * 60_000;
const POLL_MS = 200;
const GUARD_STALE_MS = 10_000;

/** The holder, or undefined when the file is gone. A pid given anew to some other program has another command line. */
function holderOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const isAlive = (holder) => commandLineOf(holder.pid) === holder.commandLine;

/** Creates the file with its content in one step, so that nobody reads it half written. False when it exists. */
function create(file, content) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** Only one process at a time may remove a dead holder's lock, or it could remove that of the one who just did. */
function removeStale(file) {
  const guard = `${file}.takeover`;
  if (!create(guard, '')) {
    const age = Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > GUARD_STALE_MS) rmSync(guard, { force: true });
    return;
  }
  try {
    const holder = holderOf(file);
    if (holder !== undefined && !isAlive(holder)) rmSync(file, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/**
 * Runs `work` while holding the lock; waits for whoever holds it, saying so once.
 * @throws Trouble when it is held for 15 minutes.
 */
export async function withLock(file, say, work) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, commandLine: commandLineOf(process.pid) });
  const giveUpAt = Date.now() + WAIT_MS_MAX;
  let isSaid = false;
  while (!create(file, mine)) {
    const holder = holderOf(file);
    if (holder === undefined) continue;
    if (!isAlive(holder)) {
      removeStale(file);
      continue;
    }
    if (!isSaid) say(`waiting for process ${holder.pid}, which is at the same thing`);
    isSaid = true;
    if (Date.now() > giveUpAt)
      throw new Trouble(`Process ${holder.pid} holds ${file} for too long: end it and try again.`);
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
