import { readFileSync } from 'node:fs';

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
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
