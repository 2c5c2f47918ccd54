import { type UnitRange } from './unit-ranges';

/**
 * Free units in the order in which they are offered; those that come back go to the end. A unit that leaves while somebody has
 * it set aside, or that lies somewhere in the queue, is only counted as stale and dropped when it turns up: nothing is
 * searched for.
 */
export class FreeQueue {
  private ranges: { from: number; to: number }[] = [];
  private head = 0;
  /** Unit -> how many copies of it, in the queue or set aside, are to be dropped when they turn up. */
  private readonly stale = new Map<number, number>();

  /** The next unit; undefined when there is none. */
  take(): number | undefined {
    for (;;) {
      const range = this.ranges[this.head];
      if (range === undefined) return undefined;
      const unit = range.from++;
      if (range.from === range.to) this.dropHead();
      if (!this.dropStale(unit)) return unit;
    }
  }

  /** Units that came, or came back. */
  add({ from, to }: UnitRange): void {
    let start = from;
    for (let unit = from; this.stale.size > 0 && unit < to; unit++) {
      if (!this.dropStale(unit)) continue;
      this.push(start, unit);
      start = unit + 1;
    }
    this.push(start, to);
  }

  /** Takes units away, wherever they are. */
  remove(range: UnitRange): void {
    // A single one, by far the most frequent, is not searched for.
    const found = range.to - range.from === 1 ? new Map<number, number>() : this.cut(range);
    for (let unit = range.from; unit < range.to; unit++) this.changeStale(unit, 1 - (found.get(unit) ?? 0));
  }

  /** True when this copy of the unit is one to be dropped. */
  dropStale(unit: number): boolean {
    if (!this.stale.has(unit)) return false;
    this.changeStale(unit, -1);
    return true;
  }

  /** Cuts a range out of the queue. Returns how often each unit was in it. */
  private cut({ from, to }: UnitRange): Map<number, number> {
    const found = new Map<number, number>();
    const waiting = this.ranges.slice(this.head);
    this.ranges = [];
    this.head = 0;
    for (const range of waiting) {
      this.push(range.from, Math.min(range.to, from));
      for (let unit = Math.max(range.from, from); unit < Math.min(range.to, to); unit++) {
        found.set(unit, (found.get(unit) ?? 0) + 1);
      }
      this.push(Math.max(range.from, to), range.to);
    }
    return found;
  }

  private push(from: number, to: number): void {
    if (from >= to) return;
    const last = this.ranges.at(-1);
    if (last?.to === from && this.head < this.ranges.length) last.to = to;
    else this.ranges.push({ from, to });
  }

  private dropHead(): void {
    this.head++;
    if (this.head < 1_000 || this.head * 2 < this.ranges.length) return;
    this.ranges = this.ranges.slice(this.head);
    this.head = 0;
  }

  private changeStale(unit: number, copies: number): void {
    const count = (this.stale.get(unit) ?? 0) + copies;
    if (count > 0) this.stale.set(unit, count);
    else this.stale.delete(unit);
  }
}
