import { SHED_LEVELS, USER_LEVELS } from '@floodgate/domain/degradation-plan';
import { CampaignLoad, sumOf } from './campaign-load';

/** Requests that name no campaign have one of their own in common. */
export const NO_CAMPAIGN = '';

/** So many campaigns are told apart at a time; those that come when all places are taken share one. */
export const CAMPAIGNS_MAX = 32;

// With less left of what came for a campaign, its place is another's.
const GONE = 0.01;

/**
 * The campaigns that a server is asked for. Where the cursor stands, in one priority, not everybody finds room: what room there is goes to campaigns max-min
 * fairly. Each gets what it asks for, but none gets more than any other that is left wanting; so one that asks for less than its share never hears of the
 * crowd at another.
 */
export class CampaignLoads {
  /** By level, how many to reckon with in all campaigns. */
  readonly expected = new Float64Array(SHED_LEVELS);
  /** By level, how many came in all campaigns. */
  readonly came = new Float64Array(SHED_LEVELS);
  private readonly known = new Map<string, CampaignLoad>();
  private readonly shared = new CampaignLoad(CAMPAIGNS_MAX);
  private readonly free: CampaignLoad[] = [];
  private made = 0;
  // Of the priority where the cursor stands.
  private lowest = 0;

  /** Of a campaign that is not known yet, from now on. */
  of(campaignId: string): CampaignLoad {
    return this.known.get(campaignId) ?? this.admit(campaignId);
  }

  /** The lowest level that is taken of a campaign. */
  levelOf(campaignId: string): number {
    return (
      (this.known.get(campaignId) ?? (this.known.size < CAMPAIGNS_MAX ? undefined : this.shared))?.level ?? this.lowest
    );
  }

  /** At the end of so many periods: sums up what to reckon with. */
  reckon(periods: number): void {
    this.expected.fill(0);
    this.came.fill(0);
    this.forEach((load) => {
      load.reckon(periods);
      for (let level = 0; level < SHED_LEVELS; level++) {
        this.expected[level] = (this.expected[level] ?? 0) + (load.expected[level] ?? 0);
        this.came[level] = (this.came[level] ?? 0) + (load.came[level] ?? 0);
      }
    });
  }

  /** How many came that were taken. */
  taken(): number {
    let sum = 0;
    this.forEach(({ came, level }) => (sum += sumOf(came, level, SHED_LEVELS)));
    return sum;
  }

  /**
   * The cursor stands there now: shares out what the levels from it on have room for, in its priority. Whatever is above is taken of everybody.
   * @param refusalShare of a refusal's cost against serving one: what it costs to refuse a campaign's crowd is taken from that campaign's share.
   */
  share(cursor: number, refusalShare: number): void {
    this.lowest = cursor - (cursor % USER_LEVELS);
    const end = this.lowest + USER_LEVELS;
    const asked: number[] = [];
    let room = 0;
    this.forEach((load) => {
      const cost = refusalShare * load.refused();
      asked.push(sumOf(load.expected, this.lowest, end) + cost);
      room += sumOf(load.expected, cursor, end) + cost;
    });
    const share = cursor === this.lowest ? Infinity : largestShare(asked, room);
    this.forEach((load) => {
      load.claim = Math.min(share, sumOf(load.expected, this.lowest, SHED_LEVELS));
      load.level = levelOfShare(load.expected, share - refusalShare * load.refused(), this.lowest, end);
    });
  }

  fade(kept: number): void {
    this.shared.fade(kept);
    for (const [campaignId, load] of this.known) {
      if (load.fade(kept) > GONE) continue;
      this.known.delete(campaignId);
      this.free.push(load);
    }
  }

  forget(): void {
    this.lowest = 0;
    this.shared.forget();
    for (const load of this.known.values()) load.forget();
  }

  private admit(campaignId: string): CampaignLoad {
    if (this.known.size >= CAMPAIGNS_MAX) return this.shared;
    const load = this.free.pop() ?? new CampaignLoad(this.made++);
    load.forget();
    load.level = this.lowest;
    this.known.set(campaignId, load);
    return load;
  }

  private forEach(visit: (load: CampaignLoad) => void): void {
    for (const load of this.known.values()) visit(load);
    visit(this.shared);
  }
}

/** What each may have at most when so much is there for all; those that ask for less leave the rest to the others. */
export function largestShare(asked: readonly number[], room: number): number {
  const ascending = [...asked].sort((a, b) => a - b);
  let left = room;
  for (const [no, one] of ascending.entries()) {
    const share = left / (ascending.length - no);
    if (one > share) return share;
    left -= one;
  }
  return Infinity;
}

/** The level from which on a campaign gets its share, to the nearest level; it always gets the topmost. */
function levelOfShare(expected: Float64Array, share: number, lowest: number, end: number): number {
  let level = end - 1;
  let sum = expected[level] ?? 0;
  while (level > lowest) {
    const next = expected[level - 1] ?? 0;
    if (sum + next / 2 > share || (next === 0 && sum >= share)) break;
    sum += next;
    level -= 1;
  }
  return level;
}
