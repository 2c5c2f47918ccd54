/** Programs run on behalf of a command: their end is its end, and a signal reaches them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { ROOT } from '../../deploy/local/profiles.mjs';
import { Trouble } from '../../deploy/local/trouble.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const SHELL_SIGNAL_BASE = 128;

/** Passes signals on while the child lives; returns what stops that. */
function passSignals(child) {
  const pass = (signal) => {
    // A terminal sends Ctrl-C to the child as well, and many programs take a second one as "at once".
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  return () => {
    for (const signal of SIGNALS) process.off(signal, pass);
  };
}

async function ended(child, command) {
  const stopPassing = passSignals(child);
  try {
    const [code, signal] = await once(child, 'close');
    return code ?? SHELL_SIGNAL_BASE + constants.signals[signal];
  } catch (error) {
    throw new Trouble(`${command} could not be started: ${error.message}.`);
  } finally {
    stopPassing();
  }
}

/** What runChild returns for a program that was killed: out of time, or of memory. */
export const KILLED = SHELL_SIGNAL_BASE + constants.signals.SIGKILL;

/**
 * Runs a program at the repository's root with this terminal as its own. Returns its exit code; 128 + n when signal n ended it. After
 * `limitMs` it is killed.
 * @throws Trouble when it cannot be started.
 */
export function runChild(command, args, env = {}, limitMs = undefined) {
  const options = { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env }, timeout: limitMs };
  return ended(spawn(command, args, { ...options, killSignal: 'SIGKILL' }), command);
}

/**
 * Runs a program at the repository's root and shows its output only when it fails.
 * @throws Trouble, with `complaint`, when it cannot be started or its exit code is not 0.
 */
export async function runQuietly(command, args, complaint, env = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => output.push(bytes));
  const code = await ended(child, command);
  if (code === 0) return;
  process.stderr.write(Buffer.concat(output));
  throw new Trouble(`${complaint} (exit code ${code}).`);
}
