import { hash32 } from '@floodgate/kernel';

/** Numbers that look random and are the same for the same seed. Not for secrets. */
export class Random {
  private state: number;

  constructor(private readonly seed: string) {
    this.state = hash32(seed);
  }

  /** Another series for the same seed: what is drawn from it does not change what is drawn here. */
  fork(name: string): Random {
    return new Random(`${this.seed}/${name}`);
  }

  /** In [0, 1). mulberry32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both possible. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.int(0, list.length - 1)];
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found;
  }

  shuffled<T>(list: readonly T[]): T[] {
    const left = [...list];
    const result: T[] = [];
    while (left.length > 0) result.push(...left.splice(this.int(0, left.length - 1), 1));
    return result;
  }
}
