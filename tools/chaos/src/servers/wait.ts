import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 25;

/** What was waited for will not come any more. */
export class InVain extends Error {}

/**
 * Waits until `probe` says something other than undefined or false, and returns it. A probe that throws has not succeeded yet.
 * @throws InVain as the probe throws it, or Error that names what was waited for, with the probe's last error as its cause.
 */
export async function waitFor<T>(
  what: string,
  msMax: number,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const giveUpAtMs = performance.now() + msMax;
  let cause: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      cause = undefined;
    } catch (error) {
      if (error instanceof InVain) throw error;
      cause = error;
    }
    if (performance.now() > giveUpAtMs) {
      const why = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`waited ${msMax} ms in vain for ${what}${why}`, { cause });
    }
    await sleep(POLL_MS);
  }
}

/** As Promise.all, but it rejects only when none of them is under way any more. */
export async function allOver<T extends readonly unknown[] | []>(
  work: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
