import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** kill -9; resolves when the process has ended, at once when it had ended before or there is none. */
export async function killProcess(process: ChildProcess | undefined): Promise<void> {
  if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
  const ended = once(process, 'exit');
  process.kill('SIGKILL');
  await ended;
}
