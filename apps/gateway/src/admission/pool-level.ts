import { type inventoryV1 } from '@floodgate/contracts';
import { type Outcome } from '@floodgate/kernel';

export type SoldOut = Extract<Outcome, 'SOLD_OUT' | 'SOLD_OUT_FOR_NOW'>;

/** How much there is, for people to see. */
export type Availability = 'PLENTY' | 'FEW' | 'NONE';

export interface ShownStock {
  readonly availability: Availability;
  /** With PLENTY the units free; with FEW a bound that they are not above. */
  readonly remaining: number;
}

const FEW_SHARE = 0.1;

/**
 * What this gateway knows of one pool's stock: levels told by inventory, each with a version and a life, and what answers said of
 * single shards. All times are monotonic milliseconds and come in, so that tests need no clock.
 */
export class PoolLevel {
  private version = -1;
  private stock = 0;
  private free = 0;
  private knownUntil = -Infinity;
  private final = false;
  private emptyUntil = -Infinity;
  // What answers said, by shard; made when the first says so.
  private shardEmptyUntil: Float64Array | undefined;
  private finalShards = 0;

  constructor(private readonly shards: number) {}

  /** The refusal for any grab in this pool; undefined also when nothing is known any more. */
  soldOut(now: number): SoldOut | undefined {
    if (this.final) return 'SOLD_OUT';
    return this.emptyUntil > now ? 'SOLD_OUT_FOR_NOW' : undefined;
  }

  /** Undefined while nothing is known. Coarse near the end: an exact count of the last few would be wrong before it is read. */
  shown(now: number): ShownStock | undefined {
    if (this.soldOut(now) !== undefined) return { availability: 'NONE', remaining: 0 };
    if (this.knownUntil <= now) return undefined;
    const few = Math.ceil(this.stock * FEW_SHARE);
    if (this.free > few) return { availability: 'PLENTY', remaining: this.free };
    return { availability: 'FEW', remaining: few };
  }

  /** A level heard at `now`. A lower version is older news and says nothing, not even that it still holds. */
  hear(level: inventoryV1.StockLevel, now: number): void {
    const version = Number(level.version);
    if (this.final || version < this.version) return;
    this.version = version;
    this.stock = level.stock;
    this.free = level.free;
    this.knownUntil = now + level.lifeMs;
    this.final = level.final;
    const isEmpty = level.free === 0 && level.inTransit === 0;
    this.emptyUntil = isEmpty ? this.knownUntil : -Infinity;
    // Units are back: what answers said before counts no more.
    if (!isEmpty) {
      this.shardEmptyUntil = undefined;
      this.finalShards = 0;
    }
  }

  /**
   * A grab was answered as sold out. An answer speaks for the shard it came from, so the pool counts as sold out when all
   * its shards have said so: for now while each said so within `lifeMs`, finally when each said it finally.
   */
  learn(shardNo: number, outcome: SoldOut, now: number, lifeMs: number): void {
    if (this.final || shardNo >= this.shards) return;
    const until = (this.shardEmptyUntil ??= new Float64Array(this.shards).fill(-Infinity));
    const before = until[shardNo] ?? -Infinity;
    if (before === Infinity) return;
    if (outcome === 'SOLD_OUT') {
      until[shardNo] = Infinity;
      this.finalShards += 1;
    } else {
      // Renewed at most once in half a life, because thousands of answers may say the same.
      if (before - now > lifeMs / 2) return;
      until[shardNo] = now + lifeMs;
    }
    this.final = this.finalShards === this.shards;
    let earliest = Infinity;
    for (const end of until) earliest = Math.min(earliest, end);
    this.emptyUntil = Math.max(this.emptyUntil, earliest);
  }
}
