import { SHED_LEVELS, USER_LEVELS } from '@floodgate/domain/degradation-plan';

// After so many periods, or twice as many, most of those who kept back have heard that their level is open.
const KEPT_BACK_PERIODS = 10;
// Of those who have not come yet to a level that has just been opened, so many are waited for.
const STILL_TO_COME = 0.5;

/** What comes for one campaign, by level, and from which level on it is taken. All counts fade by period (see AdmissionCursor). */
export class CampaignLoad {
  /** How many came at each level, whether or not they were taken. */
  readonly came = new Float64Array(SHED_LEVELS);
  /**
   * How many to reckon with at each level. Callers that know the cursor keep back what is below it, so that little comes there and the rest would come at once
   * if it were let in. People fall evenly into the levels of a priority: where fewer come than to those that have been open for long, as many are reckoned with.
   */
  readonly expected = new Float64Array(SHED_LEVELS);
  /** How many to reckon with that may be taken, as of the last period, up to what its share has room for. Of one that nobody knows yet: any number. */
  claim = Infinity;
  /** The lowest level that is taken. */
  level = 0;
  // Of the period that runs. By priority, what was not looked at closer: to be spread over its levels.
  private readonly cameInAll = new Float64Array(SHED_LEVELS / USER_LEVELS);
  // The highest that `level` was, in two spans of time.
  private highest = 0;
  private highestBefore = 0;
  private periods = 0;

  /** `no` tells it apart from the others of a server. */
  constructor(readonly no: number) {}

  arrived(level: number): void {
    this.came[level] = (this.came[level] ?? 0) + 1;
  }

  /** One that was served at once, and nobody looked at closer than its priority. */
  cameSomewhere(lowestLevel: number): void {
    const priority = lowestLevel / USER_LEVELS;
    this.cameInAll[priority] = (this.cameInAll[priority] ?? 0) + 1;
  }

  /** At the end of so many periods. */
  reckon(periods: number): void {
    this.spread();
    this.expected.set(this.came);
    this.highest = Math.max(this.highest, this.level);
    this.periods += periods;
    const open = Math.max(this.highest, this.highestBefore);
    if (this.periods >= KEPT_BACK_PERIODS) {
      this.highestBefore = this.highest;
      this.highest = this.level;
      this.periods = 0;
    }
    this.reckonKeptBack(open);
  }

  /** How many came that were not taken. */
  refused(): number {
    return sumOf(this.came, 0, this.level);
  }

  /** `open` is the lowest level that has been open for so long that whoever kept back has heard of it. */
  private reckonKeptBack(open: number): void {
    const lowest = this.level - (this.level % USER_LEVELS);
    const end = lowest + USER_LEVELS;
    if (open <= lowest || open >= end) return;
    const came = sumOf(this.came, open, end);
    // At least: so few may have come by chance.
    const aLevel = (came - Math.sqrt(came)) / (end - open);
    const kept = aLevel - sumOf(this.came, lowest, open) / (open - lowest);
    if (kept <= 0) return;
    for (let level = lowest; level < open; level++) {
      this.expected[level] = (this.came[level] ?? 0) + (level < this.level ? kept : kept * STILL_TO_COME);
    }
  }

  /** Says how many are left of all that came. */
  fade(kept: number): number {
    let left = 0;
    for (let level = 0; level < SHED_LEVELS; level++) {
      const came = (this.came[level] ?? 0) * kept;
      this.came[level] = came;
      left += came;
    }
    return left;
  }

  forget(): void {
    this.came.fill(0);
    this.expected.fill(0);
    this.cameInAll.fill(0);
    this.claim = Infinity;
    this.level = 0;
    this.highest = 0;
    this.highestBefore = 0;
    this.periods = 0;
  }

  private spread(): void {
    for (const [priority, count] of this.cameInAll.entries()) {
      if (count === 0) continue;
      const end = (priority + 1) * USER_LEVELS;
      for (let level = priority * USER_LEVELS; level < end; level++) {
        this.came[level] = (this.came[level] ?? 0) + count / USER_LEVELS;
      }
    }
    this.cameInAll.fill(0);
  }
}

/** The sum of the counts from a level on, up to another. */
export function sumOf(counts: Float64Array, from: number, end: number): number {
  let sum = 0;
  // From above, as levelOfShare does, so that both come to the very same sum.
  for (let level = end - 1; level >= from; level--) sum += counts[level] ?? 0;
  return sum;
}
