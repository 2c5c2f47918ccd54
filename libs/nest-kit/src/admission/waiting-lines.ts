import { PRIORITIES, USER_LEVELS } from '@floodgate/domain/degradation-plan';
import { type CampaignLoad } from './campaign-load';
import { CAMPAIGNS_MAX } from './campaign-loads';

/** What waits to be served. Methods and no closures: thousands of them may wait. */
export interface Waiting {
  /** Begins to serve it; whoever does tells the queue by `finished` when it is done. */
  run(): void;
  /** Too hot: it waited too long, or something above it took its place. */
  drop(): void;
}

export interface Place {
  readonly waiting: Waiting;
  readonly cameAt: number;
  readonly level: number;
  readonly load: CampaignLoad;
}

/**
 * Who waits, in lines by priority and campaign. The higher priority goes first; within one the campaign that asks for least, so that nobody waits behind
 * another's crowd; but those that want more than their share are alike, since a little more is let in than can be served, and none is to bear that alone;
 * within that, who came first.
 */
export class WaitingLines {
  // What is shed first in front.
  private readonly priorities = PRIORITIES.map(() => new PriorityLines());
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(place: Place): void {
    this.linesOf(place.level).push(place);
    this.count += 1;
  }

  /** Whose turn it is; undefined when nobody waits. */
  shift(): Place | undefined {
    for (let no = this.priorities.length - 1; no >= 0; no--) {
      const place = this.priorities[no]?.shift();
      if (place === undefined) continue;
      this.count -= 1;
      return place;
    }
    return undefined;
  }

  /**
   * The last of what is shed first, out of the longest line there, which gives its place to a request of this level and campaign; undefined when that has to
   * give way itself: its priority is no higher, and its own line is as long.
   */
  giveWay(level: number, load: CampaignLoad): Place | undefined {
    const lowest = this.priorities.find(({ length }) => length > 0);
    if (lowest === undefined) return undefined;
    const own = this.linesOf(level);
    if (this.priorities.indexOf(own) < this.priorities.indexOf(lowest)) return undefined;
    const place = lowest.popLongest(own === lowest ? lowest.lengthOf(load) + 1 : 0);
    if (place !== undefined) this.count -= 1;
    return place;
  }

  /** Takes out one that came before this instant; undefined when nobody did. */
  shiftOlderThan(cameAt: number): Place | undefined {
    for (const lines of this.priorities) {
      const place = lines.shiftOlderThan(cameAt);
      if (place === undefined) continue;
      this.count -= 1;
      return place;
    }
    return undefined;
  }

  /** When the one that has waited longest came; undefined when nobody waits. */
  oldestCameAt(): number | undefined {
    let oldest: number | undefined;
    for (const lines of this.priorities) {
      const cameAt = lines.oldestCameAt();
      if (cameAt !== undefined && (oldest === undefined || cameAt < oldest)) oldest = cameAt;
    }
    return oldest;
  }

  private linesOf(level: number): PriorityLines {
    const lines = this.priorities[Math.floor(level / USER_LEVELS)];
    if (lines === undefined)
      throw new RangeError(`no level from 0 to ${PRIORITIES.length * USER_LEVELS - 1}: ${level}`);
    return lines;
  }
}

/** The lines of one priority. */
class PriorityLines {
  private readonly lines = Array.from({ length: CAMPAIGNS_MAX + 1 }, () => new Line());
  length = 0;

  push(place: Place): void {
    this.lines[place.load.no]?.push(place);
    this.length += 1;
  }

  shift(): Place | undefined {
    if (this.length === 0) return undefined;
    let next: Line | undefined;
    let before: Place | undefined;
    for (const line of this.lines) {
      const { first } = line;
      if (first === undefined || (before !== undefined && !isBefore(first, before))) continue;
      before = first;
      next = line;
    }
    return this.taken(next?.shift());
  }

  /** The last in the longest line, if more than so many wait there. */
  popLongest(moreThan: number): Place | undefined {
    let longest: Line | undefined;
    for (const line of this.lines) if (line.length > (longest?.length ?? moreThan)) longest = line;
    return this.taken(longest?.pop());
  }

  shiftOlderThan(cameAt: number): Place | undefined {
    if (this.length === 0) return undefined;
    return this.taken(this.lines.find(({ first }) => first !== undefined && first.cameAt < cameAt)?.shift());
  }

  oldestCameAt(): number | undefined {
    if (this.length === 0) return undefined;
    let oldest = Infinity;
    for (const { first } of this.lines) if (first !== undefined && first.cameAt < oldest) oldest = first.cameAt;
    return oldest;
  }

  lengthOf({ no }: CampaignLoad): number {
    return this.lines[no]?.length ?? 0;
  }

  private taken(place: Place | undefined): Place | undefined {
    if (place !== undefined) this.length -= 1;
    return place;
  }
}

function isBefore(one: Place, other: Place): boolean {
  return one.load.claim === other.load.claim ? one.cameAt < other.cameAt : one.load.claim < other.load.claim;
}

const COMPACT_FROM = 1_024;

/** First in, first out, and at a constant cost. */
class Line {
  private places: (Place | undefined)[] = [];
  private head = 0;

  get length(): number {
    return this.places.length - this.head;
  }

  get first(): Place | undefined {
    return this.places[this.head];
  }

  push(place: Place): void {
    this.places.push(place);
  }

  shift(): Place | undefined {
    const place = this.places[this.head];
    this.places[this.head] = undefined;
    this.head += 1;
    if (this.head === this.places.length) this.clear();
    else if (this.head >= COMPACT_FROM && this.head * 2 > this.places.length) {
      this.places = this.places.slice(this.head);
      this.head = 0;
    }
    return place;
  }

  pop(): Place | undefined {
    const place = this.places.pop();
    if (this.head >= this.places.length) this.clear();
    return place;
  }

  private clear(): void {
    this.places = [];
    this.head = 0;
  }
}
