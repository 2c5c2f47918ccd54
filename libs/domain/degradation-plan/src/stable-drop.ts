import { hashShare } from '@floodgate/kernel';
import { type EffectiveDrop, type EffectivePolicy } from './effective-policy';
import { type Priority } from './plan';

/**
 * True when this person is among the dropped share in the current window. The same people are in or out for the whole
 * window, at every step and on every machine, so half of all journeys get through a 50% drop, not an eighth; the next window
 * chooses anew, so nobody is out for good. A smaller share drops some of the same people and nobody else.
 */
export function isDropped(userId: string, share: number, windowMs: number, anchorMs: number, nowMs: number): boolean {
  if (share <= 0) return false;
  return hashShare(`${userId}@${windowStartMs(windowMs, anchorMs, nowMs)}`) < share;
}

/** isDropped with the share of a priority. */
export function isShed(drop: EffectiveDrop, priority: Priority, userId: string, nowMs: number): boolean {
  return isDropped(userId, drop.shares[priority], drop.windowMs, drop.anchorMs, nowMs);
}

/** When the people who are dropped now may look again: the end of the window. */
export function dropEndsAtMs(drop: Pick<EffectiveDrop, 'windowMs' | 'anchorMs'>, nowMs: number): number {
  return windowStartMs(drop.windowMs, drop.anchorMs, nowMs) + drop.windowMs;
}

function windowStartMs(windowMs: number, anchorMs: number, nowMs: number): number {
  return anchorMs + Math.floor((nowMs - anchorMs) / windowMs) * windowMs;
}

/** The instant from which this person may enter; people are spread evenly over the release, each always at the same place. */
export function entrySlotMs(userId: string, { entry, t0Ms }: Pick<EffectivePolicy, 'entry' | 't0Ms'>): number {
  if (entry.releaseOverMs === 0) return entry.fromMs;
  return entry.fromMs + Math.floor(hashShare(`${userId}@${t0Ms}`) * entry.releaseOverMs);
}
