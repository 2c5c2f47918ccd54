import { type Caller } from './caller';

/** How long until a person may enter. */
export interface CountdownTick {
  /** Server time. */
  readonly nowMs: number;
  readonly t0Ms: number;
  /** This person's own moment where the plan releases the entry gradually and lets people count down to it; else T0. */
  readonly entersAtMs: number;
  /** Until entersAtMs; 0 with the last tick. */
  readonly leftMs: number;
}

const SECOND_MS = 1_000;

/**
 * Tells at once, and whenever another whole second is left, by server time, until nothing is left or `signal` is given. Says nothing
 * while no policy is known. A new plan moves the moment with the next tick.
 */
export async function countDown(
  caller: Caller,
  campaignId: string,
  onTick: (tick: CountdownTick) => void,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await caller.policy(campaignId);
    if (signal.aborted) return;
    const nowMs = caller.serverMs(campaignId);
    const moment = caller.entryMoment(campaignId);
    const leftMs = moment === undefined ? SECOND_MS : Math.max(0, moment.entersAtMs - nowMs);
    if (moment !== undefined) onTick({ nowMs, ...moment, leftMs });
    if (leftMs === 0) return;
    await caller.pause(leftMs % SECOND_MS || SECOND_MS, signal);
    if (signal.aborted) return;
  }
}
