import { type EffectivePolicy, entrySlotMs } from '@floodgate/domain/degradation-plan';
import { type LetIn } from './sightings';
import { type Percentiles, percentilesOf } from './tally';

/** One second of the release. */
export interface ReleaseSecond {
  /** Counts from 0, where the release begins. */
  readonly second: number;
  /** How many an even release lets in. */
  readonly scheduled: number;
  /** How many have their own moment in it, by hash. */
  readonly moments: number;
  /** How many were in, as their clients saw it. */
  readonly letIn: number;
}

/** How people came in while the entry was released, against the schedule. */
export interface ReleaseCurve {
  readonly people: number;
  readonly releaseOverMs: number;
  readonly perSecond: readonly ReleaseSecond[];
  /** The second furthest from the schedule, as a share of what was scheduled; whole seconds of the release only. */
  readonly worstError: number;
  /** What so few people, spread by hash, may be off: three standard deviations, and at least the 5% of a large crowd. */
  readonly errorBound: number;
  /** People who were in before their own moment. */
  readonly early: number;
  /** How long after their own moment people were in. */
  readonly afterMomentMs: Percentiles;
}

const SECOND_MS = 1_000;
const ERROR_BOUND_MIN = 0.05;
const DEVIATIONS = 3;
/** Clocks differ by so much at most. */
const CLOCKS_DIFFER_MS = 50;

/** `policy` is tier 1's of the campaign. */
export function releaseCurve(letIn: readonly LetIn[], policy: Pick<EffectivePolicy, 'entry' | 't0Ms'>): ReleaseCurve {
  const { fromMs, releaseOverMs } = policy.entry;
  const people = letIn.map(({ userId, atMs }) => ({ atMs, momentMs: entrySlotMs(userId, policy) }));
  const secondOf = (atMs: number) => Math.max(0, Math.floor((atMs - fromMs) / SECOND_MS));
  const lastAt = Math.max(fromMs + releaseOverMs - 1, ...people.map(({ atMs }) => atMs));
  const perSecond = Array.from({ length: secondOf(lastAt) + 1 }, (_, second): ReleaseSecond => {
    const lengthMs = Math.min(SECOND_MS, Math.max(0, releaseOverMs - second * SECOND_MS));
    return {
      second,
      scheduled: (people.length * lengthMs) / releaseOverMs,
      moments: people.filter(({ momentMs }) => secondOf(momentMs) === second).length,
      letIn: people.filter(({ atMs }) => secondOf(atMs) === second).length,
    };
  });
  const evenly = (people.length * SECOND_MS) / releaseOverMs;
  const whole = perSecond.filter(({ second }) => (second + 1) * SECOND_MS <= releaseOverMs);
  return {
    people: people.length,
    releaseOverMs,
    perSecond,
    worstError: evenly === 0 ? 0 : Math.max(0, ...whole.map((one) => Math.abs(one.letIn - evenly) / evenly)),
    errorBound: evenly === 0 ? ERROR_BOUND_MIN : Math.max(ERROR_BOUND_MIN, DEVIATIONS / Math.sqrt(evenly)),
    early: people.filter(({ atMs, momentMs }) => atMs < momentMs - CLOCKS_DIFFER_MS).length,
    afterMomentMs: percentilesOf(people.map(({ atMs, momentMs }) => Math.max(0, atMs - momentMs))),
  };
}
