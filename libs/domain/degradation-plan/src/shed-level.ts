import { hashShare } from '@floodgate/kernel';
import { PRIORITIES, type Priority } from './plan';

/** People of one priority fall into so many levels, so that load is shed in fine steps: coarse ones swing. */
export const USER_LEVELS = 128;
export const SHED_LEVELS = PRIORITIES.length * USER_LEVELS;

const SHUFFLED_EVERY_MS = 3_600_000;

/**
 * Where a request stands when a server is too hot: those below its cursor are refused. From 0, shed first, to SHED_LEVELS - 1. Every level of a
 * priority is above all levels of those that the plan sheds before it.
 */
export function shedLevel(priority: Priority, userLevel: number): number {
  return lowestLevel(priority) + userLevel;
}

/** The level of a priority that is shed first. */
export function lowestLevel(priority: Priority): number {
  return (PRIORITIES.length - 1 - PRIORITIES.indexOf(priority)) * USER_LEVELS;
}

/** The priority that a level belongs to. */
export function priorityOf(level: number): Priority {
  return PRIORITIES[PRIORITIES.length - 1 - Math.floor(level / USER_LEVELS)] ?? 'browse';
}

/** A person's level within a priority: the same on every server for an hour, then another, so that nobody is always shed first. */
export function userLevel(userId: string, nowMs: number): number {
  return Math.floor(hashShare(`${userId}#${Math.floor(nowMs / SHUFFLED_EVERY_MS)}`) * USER_LEVELS);
}

/** A cursor as servers tell it to their callers, `priority:userLevel`: the lowest that they now take. */
export function formatCursor(cursor: number): string {
  return `${priorityOf(cursor)}:${cursor % USER_LEVELS}`;
}

/** Undefined for anything but a cursor. */
export function parseCursor(text: string): number | undefined {
  const [name, level = '', ...more] = text.split(':');
  const priority = PRIORITIES.find((known) => known === name);
  if (priority === undefined || more.length > 0 || !/^\d{1,3}$/.test(level)) return undefined;
  return Number(level) < USER_LEVELS ? shedLevel(priority, Number(level)) : undefined;
}
