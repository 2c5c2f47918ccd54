import { hashShare } from '@floodgate/kernel';
import { type EffectiveLottery } from './effective-policy';

/**
 * Whether this person may grab in the current round: the same answer however often, and wherever, it is asked. A larger share draws the same people and
 * others besides.
 */
export function isDrawn({ drawnShare, roundMs, anchorMs }: EffectiveLottery, userId: string, nowMs: number): boolean {
  if (drawnShare >= 1) return true;
  return hashShare(`lottery/${userId}@${roundStartMs({ roundMs, anchorMs }, nowMs)}`) < drawnShare;
}

/** When people are drawn anew. */
export function nextRoundAtMs(lottery: Pick<EffectiveLottery, 'roundMs' | 'anchorMs'>, nowMs: number): number {
  return roundStartMs(lottery, nowMs) + lottery.roundMs;
}

function roundStartMs({ roundMs, anchorMs }: Pick<EffectiveLottery, 'roundMs' | 'anchorMs'>, nowMs: number): number {
  return anchorMs + Math.floor((nowMs - anchorMs) / roundMs) * roundMs;
}
