import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `probe` gives something other than undefined or false, and returns it. The time-out is generous, because it
 * only decides how long a failing test takes.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > giveUpAt) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await sleep(20);
  }
}

/** Waits until `attempt` no longer throws, and returns what it gives. The time-out's cause is the last error. */
export async function untilNoError<T>(what: string, attempt: () => Promise<T>, timeoutMs = 30_000): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > giveUpAt)
        throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`, { cause: error });
    }
    await sleep(20);
  }
}
