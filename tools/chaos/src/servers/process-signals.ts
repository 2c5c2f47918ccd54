import { readFileSync } from 'node:fs';

// Under jest an error of Node's own is no instance of this realm's Error.
function isGone(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code))
  );
}

/** The command line of a process, spaces between arguments; undefined when it is gone, or has ended and awaits its parent. */
export function commandLineOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Sends a signal to a process; nothing happens when it has ended meanwhile. */
export function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
