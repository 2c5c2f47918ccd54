import { type Folded } from '@floodgate/adapters/stock-log';
import { type Holding, type Pool, poolKey, type ShardState } from '@floodgate/domain/inventory';

/** A grant that counts, and what has become of it. */
export interface LoggedGrant extends Holding {
  readonly shardNo: number;
  /** Where the log decided it: `partition:offset:index`. */
  readonly position: string;
  fate: 'held' | 'ended' | 'withdrawn';
}

// A unit that was on sale a million times would be a wonder.
const GENERATIONS_MAX = 2 ** 20;

/** Everything that the log has decided about one pool, over all its shards. */
export class PoolBook {
  readonly shards = new Map<number, ShardState>();
  /** When the last shard's `created` record was written. */
  committedAtMs = 0;
  /** Units that the log gave away while somebody had them, with who and whom. */
  readonly unitsTwice = new Map<number, string>();
  private readonly grants = new Map<number, LoggedGrant>();

  constructor(readonly pool: Pool) {}

  get key(): string {
    return poolKey(this.pool);
  }

  get size(): number {
    return this.grants.size;
  }

  grant(unitNo: number, generation: number): LoggedGrant | undefined {
    return this.grants.get(unitNo * GENERATIONS_MAX + generation);
  }

  all(): IterableIterator<LoggedGrant> {
    return this.grants.values();
  }

  add(grant: LoggedGrant): void {
    const other = this.grant(grant.unitNo, grant.generation);
    if (other === undefined) this.grants.set(grant.unitNo * GENERATIONS_MAX + grant.generation, grant);
    else
      this.unitsTwice.set(
        grant.unitNo,
        `log: ${other.userId} at ${other.position}, ${grant.userId} at ${grant.position}`,
      );
  }

  end(holding: Holding, fate: 'ended' | 'withdrawn'): void {
    const grant = this.grant(holding.unitNo, holding.generation);
    if (grant?.grabId === holding.grabId && grant.userId === holding.userId) grant.fate = fate;
  }

  /** Free in a shard, or lent by one and not yet borrowed by the other. */
  isOnSale(unitNo: number): boolean {
    return (
      this.shardList().some(({ free }) => free.has(unitNo)) ||
      this.openMoves().some((m) => m.from <= unitNo && unitNo < m.to)
    );
  }

  /** Moves that were lent and are not borrowed yet. */
  openMoves(): { moveId: string; from: number; to: number }[] {
    const borrowed = new Set(this.shardList().flatMap((shard) => [...shard.borrowed.keys()]));
    return this.shardList().flatMap(({ lent }) =>
      [...lent].flatMap(([moveId, { range }]) => (borrowed.has(moveId) ? [] : [{ moveId, ...range }])),
    );
  }

  shardList(): ShardState[] {
    return [...this.shards.values()];
  }
}

/**
 * What the log has decided, kept by this audit's own counting from the effects of the fold, so that a fold that lets
 * something count twice is found out too.
 */
export class LogBook {
  readonly pools = new Map<string, PoolBook>();

  take({ entry, state, effects }: Folded): void {
    if (state.pool === undefined) return;
    const book = this.poolBook(state.pool);
    book.shards.set(entry.shard.shardNo, state);
    for (const effect of effects) {
      if (effect.kind === 'created') book.committedAtMs = Math.max(book.committedAtMs, entry.writtenAtMs);
      if (effect.kind === 'granted') {
        const position = `${entry.partition}:${entry.offset}:${effect.index}`;
        book.add({ ...effect.holding, shardNo: entry.shard.shardNo, position, fate: 'held' });
      } else if (effect.kind === 'ended') {
        book.end(effect.holding, effect.toStock ? 'ended' : 'withdrawn');
      }
    }
  }

  private poolBook(pool: Pool): PoolBook {
    const key = poolKey(pool);
    let book = this.pools.get(key);
    if (book === undefined) {
      book = new PoolBook(pool);
      this.pools.set(key, book);
    }
    return book;
  }
}
