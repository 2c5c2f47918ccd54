/** What had been done by an instant, counted from when the room began. */
export interface Mark {
  readonly atMs: number;
  /** The serving number. */
  readonly serving: number;
  /** Grabs handed on to be decided. */
  readonly tried: number;
  /** Grabs decided, whichever way. */
  readonly answered: number;
}

/** A second's worth, as it was measured. */
export interface Pace {
  readonly calledPerSecond: number;
  readonly triedPerSecond: number;
  readonly answeredPerSecond: number;
}

export const NO_PACE: Pace = { calledPerSecond: 0, triedPerSecond: 0, answeredPerSecond: 0 };

export interface DrainLimits {
  /** The plan's, over the whole platform; null for none. */
  readonly perSecondMax: number | null;
  /** The cap of the API that people wait for; null for none. */
  readonly cap: number | null;
}

const PACE_OVER_MS = 5_000;
/** With neither limit, a room begins like this and follows what is answered. */
const START_PER_SECOND = 100;
const GROWTH = 2;
/** Below this share of answers the back end does not keep up; some answers are always under way. */
const KEEPS_UP = 0.9;

/** Over the last seconds; the marks are in order of time, the last one now. */
export function paceOf(marks: readonly Mark[]): Pace {
  const last = marks.at(-1);
  if (last === undefined) return NO_PACE;
  const first = marks.find(({ atMs }) => last.atMs - atMs <= PACE_OVER_MS);
  const overMs = first === undefined ? 0 : last.atMs - first.atMs;
  if (first === undefined || overMs <= 0) return NO_PACE;
  const perSecond = (count: number) => (Math.max(0, count) / overMs) * 1_000;
  return {
    calledPerSecond: perSecond(last.serving - first.serving),
    triedPerSecond: perSecond(last.tried - first.tried),
    answeredPerSecond: perSecond(last.answered - first.answered),
  };
}

/**
 * How many a second to call: the least of the plan's limit, the cap, and what is being answered. The last counts only while answers fall behind, for few
 * answers say nothing when few have asked. Never 0: then nobody would ask, and nothing would ever be measured again.
 */
export function drainPerSecond({ perSecondMax, cap }: DrainLimits, pace: Pace): number {
  const limit = Math.min(perSecondMax ?? Infinity, cap ?? Infinity);
  const answered = Math.max(1, pace.answeredPerSecond);
  if (pace.answeredPerSecond < pace.triedPerSecond * KEEPS_UP) return Math.min(limit, answered);
  return Number.isFinite(limit) ? limit : Math.max(START_PER_SECOND, GROWTH * answered);
}
