import { type Spread, spreadOf } from './statistics';

/** What one contender measured in one round, by the figure's name; the unit is in the name. */
export type Sample = Readonly<Record<string, number>>;

/** The samples of the measured rounds, in order, by contender. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/** One contender's figure. */
export interface Figure {
  readonly contender: string;
  readonly figure: string;
}

/** `ratio` is ours / limit; `ours` is the figure itself, for rows that nothing is compared with. Exactly means in every round. */
export type Goal =
  | { readonly of: 'ratio' | 'ours'; readonly atLeast: number }
  | { readonly of: 'ratio' | 'ours'; readonly atMost: number }
  | { readonly of: 'ours'; readonly exactly: number };

/** A row of a bench: what is compared, and how far it is to get. */
export interface RowSpec {
  readonly name: string;
  readonly unit: string;
  /** The limit or peer; absent where there is none. */
  readonly limit?: Figure;
  readonly ours: Figure;
  /** Absent in a row that only informs. */
  readonly toReach?: Goal;
}

/** A row as reported; what does not apply is null, and so is what some round could not measure. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly limit: Spread | null;
  readonly ours: Spread | null;
  /** Of the medians. */
  readonly ratio: number | null;
  readonly toReach: string | null;
  readonly reached: boolean | null;
}

/** @throws Error when a contender did not measure a figure in every round. */
export function computeRow(spec: RowSpec, samples: Samples): Row {
  const limit = spec.limit === undefined ? null : spreadIn(spec.limit, samples);
  const ours = spreadIn(spec.ours, samples);
  const ratio = limit === null || ours === null ? null : ours.median / limit.median;
  const { name, unit, toReach } = spec;
  return {
    name,
    unit,
    limit,
    ours,
    ratio,
    toReach: toReach === undefined ? null : describeGoal(toReach),
    reached: toReach === undefined ? null : ours !== null && isReached(toReach, ratio, ours),
  };
}

/** A ratio that could not be computed reaches nothing; against a limit of none at all, anything is enough. */
export function isReached(goal: Goal, ratio: number | null, ours: Spread): boolean {
  if ('exactly' in goal) return ours.min === goal.exactly && ours.max === goal.exactly;
  const value = goal.of === 'ratio' ? ratio : ours.median;
  if (value === null || Number.isNaN(value)) return false;
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}

/** `ratio >= 0.5`. */
export function describeGoal(goal: Goal): string {
  if ('exactly' in goal) return `exactly ${goal.exactly}`;
  return `${goal.of} ${'atLeast' in goal ? `>= ${goal.atLeast}` : `<= ${goal.atMost}`}`;
}

/** Null when some round could not measure it. */
function spreadIn({ contender, figure }: Figure, samples: Samples): Spread | null {
  const rounds = samples.get(contender) ?? [];
  const values = rounds.flatMap((sample) => sample[figure] ?? []);
  if (values.length === 0 || values.length < rounds.length) {
    throw new Error(`${contender} measured ${figure} in ${values.length} of ${rounds.length} rounds`);
  }
  return values.every(Number.isFinite) ? spreadOf(values) : null;
}
