import { type Pool } from './pool';

/** A shard as the recorder has it: its `created` record, and how far it has come. */
export interface RecordedShard {
  readonly shardNo: number;
  readonly pool: Pool;
  /** When `created` was written. */
  readonly createdAtMs: number;
  readonly closed: boolean;
  /** Units it ever lent to other shards, and ever borrowed from them. */
  readonly lentUnits: number;
  readonly borrowedUnits: number;
}

/** What makes a pool's packets checkable by anyone. */
export interface PacketProof {
  readonly pool: Pool;
  /** When the last shard's `created` record, which holds the commitment, was written. */
  readonly committedAtMs: number;
  /** No unit of the campaign's packet pools can be granted any more, and every grant there is stands in the unit register. */
  readonly closed: boolean;
}

/**
 * The proof of one pool, out of all recorded shards of its campaign. Undefined until every shard of the pool is recorded. Pools
 * of one campaign share the secrets that their seeds were made of, so none is closed before all are.
 */
export function packetProof(shards: readonly RecordedShard[], poolId: string): PacketProof | undefined {
  const own = shards.filter((shard) => shard.pool.poolId === poolId);
  const [first] = own;
  if (first?.pool.packets === undefined || own.length < first.pool.shards) return undefined;
  const { commitment } = first.pool.packets;
  const other = own.find(({ pool }) => pool.packets?.commitment !== commitment);
  if (other !== undefined) throw new Error(`shard ${other.shardNo} of ${poolId} was created with another commitment`);
  return {
    pool: first.pool,
    committedAtMs: Math.max(...own.map(({ createdAtMs }) => createdAtMs)),
    closed: isClosed(shards.filter(({ pool }) => pool.packets !== undefined)),
  };
}

function isClosed(shards: readonly RecordedShard[]): boolean {
  const pools = new Map(shards.map(({ pool }) => [pool.poolId, pool]));
  return [...pools.values()].every((pool) => {
    const own = shards.filter((shard) => shard.pool.poolId === pool.poolId);
    // What one shard has lent and none has borrowed yet can still be held by the borrower.
    const inTransit = own.reduce((units, { lentUnits, borrowedUnits }) => units + lentUnits - borrowedUnits, 0);
    return own.length === pool.shards && own.every(({ closed }) => closed) && inTransit === 0;
  });
}
