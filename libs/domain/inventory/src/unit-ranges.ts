/** Units from `from` to `to`, exclusive. */
export interface UnitRange {
  readonly from: number;
  readonly to: number;
}

/** A set of unit numbers, kept as sorted ranges that do not touch, so that a million free units cost nothing. */
export class UnitRanges {
  private ranges: { from: number; to: number }[] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  has(unit: number): boolean {
    return this.hasAll(unit, unit + 1);
  }

  hasAll(from: number, to: number): boolean {
    const range = this.ranges[this.firstEndingAfter(from)];
    return range !== undefined && range.from <= from && to <= range.to;
  }

  hasAny(from: number, to: number): boolean {
    const range = this.ranges[this.firstEndingAfter(from)];
    return range !== undefined && range.from < to;
  }

  /** Adds units of which none may be in the set. */
  add(from: number, to: number): void {
    if (this.hasAny(from, to)) throw new RangeError(`units ${from} to ${to} are in the set already`);
    const at = this.firstEndingAfter(from);
    const before = this.ranges[at - 1];
    const after = this.ranges[at];
    const joinsBefore = before?.to === from;
    const joinsAfter = after?.from === to;
    const start = joinsBefore ? before.from : from;
    const end = joinsAfter ? after.to : to;
    this.ranges.splice(joinsBefore ? at - 1 : at, Number(joinsBefore) + Number(joinsAfter), { from: start, to: end });
    this.count += to - from;
  }

  /** Removes units that must all be in the set. */
  remove(from: number, to: number): void {
    if (!this.hasAll(from, to)) throw new RangeError(`units ${from} to ${to} are not all in the set`);
    const at = this.firstEndingAfter(from);
    const range = this.ranges[at];
    if (range === undefined) return;
    const left = { from: range.from, to: from };
    const right = { from: to, to: range.to };
    this.ranges.splice(at, 1, ...[left, right].filter((part) => part.from < part.to));
    this.count -= to - from;
  }

  toArray(): UnitRange[] {
    return this.ranges.map(({ from, to }) => ({ from, to }));
  }

  /** Index of the first range that ends after `unit`. */
  private firstEndingAfter(unit: number): number {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ranges[middle]?.to ?? Infinity) > unit) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
