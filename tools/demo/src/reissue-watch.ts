import { setTimeout as sleep } from 'node:timers/promises';
import { type PayAttempts, type StoreReader } from './readings';

/** What the payment channel's own record says of payouts that it had refused. */
export interface Reissues {
  /** Attempts beyond a payout's first, from the beginning of tier 1 until its last reading. */
  readonly inTier1: number;
  /** The most payouts that stood refused at one time in tier 1, waiting to be tried again. */
  readonly waitingInTier1: number;
  /** When tier 1 was read for the last time. */
  readonly readUntil: string | null;
}

const LOOK_EVERY_MS = 250;

/** Reads the channel's record from `fromMs` until `untilMs` of database time, between which a campaign is in tier 1. */
export async function watchReissues(
  stores: Pick<StoreReader, 'payAttempts'>,
  campaignId: string,
  { fromMs, untilMs, nowMs }: { fromMs: number; untilMs: number; nowMs: () => number },
): Promise<Reissues> {
  await sleep(Math.max(0, fromMs - nowMs()));
  const readings: PayAttempts[] = [];
  for (;;) {
    const reading = await stores.payAttempts(campaignId);
    readings.push(reading);
    if (reading.nowMs >= untilMs) break;
    await sleep(Math.max(1, Math.min(LOOK_EVERY_MS, untilMs - reading.nowMs)));
  }
  return reissuesIn(readings, fromMs, untilMs);
}

/** Readings carry the time at which they were true; those of other times say nothing about tier 1. */
export function reissuesIn(readings: readonly PayAttempts[], fromMs: number, untilMs: number): Reissues {
  const inTier1 = readings.filter(({ nowMs }) => fromMs <= nowMs && nowMs < untilMs);
  const [first, last] = [inTier1.at(0), inTier1.at(-1)];
  return {
    inTier1: (last?.again ?? 0) - (first?.again ?? 0),
    waitingInTier1: Math.max(0, ...inTier1.map(({ refused }) => refused)),
    readUntil: last === undefined ? null : new Date(last.nowMs).toISOString(),
  };
}
