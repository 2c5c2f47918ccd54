import { type Admission, type CacheChange, type Proposal, type ProposeItem, type ShardSnapshot } from '../admission';
import { type ShardId, shardKey } from '../pool';

interface Entry {
  readonly state: 'proposed' | 'held';
  readonly unitNo: number;
  readonly grabId: string;
}

interface Cache {
  readonly loadId: string;
  offset: number;
  free: number[];
  users: Map<string, Entry>;
}

/** The admission cache in memory, for tests and the simulator. Held to the same contract as the one in Redis. */
export class MemoryAdmission implements Admission {
  private readonly shards = new Map<string, Cache>();

  /** What a FLUSHALL does. */
  flush(): void {
    this.shards.clear();
  }

  async propose(
    shard: ShardId,
    loadId: string,
    _nowMs: number,
    items: readonly ProposeItem[],
  ): Promise<readonly Proposal[] | 'lost'> {
    const cache = this.shards.get(shardKey(shard));
    if (cache?.loadId !== loadId) return 'lost';
    return items.map(({ userId, grabId }): Proposal => {
      const entry = cache.users.get(userId);
      if (entry?.state === 'held') return { kind: 'held' };
      if (entry !== undefined) {
        return entry.grabId === grabId
          ? { kind: 'proposed', unitNo: entry.unitNo }
          : { kind: 'other-grab', grabId: entry.grabId };
      }
      const unitNo = cache.free.shift();
      if (unitNo === undefined) return { kind: 'none-free' };
      cache.users.set(userId, { state: 'proposed', unitNo, grabId });
      return { kind: 'proposed', unitNo };
    });
  }

  async apply(
    shard: ShardId,
    loadId: string,
    { previousOffset, offset }: { readonly previousOffset: number; readonly offset: number },
    changes: readonly CacheChange[],
  ): Promise<'ok' | 'lost'> {
    const cache = this.shards.get(shardKey(shard));
    if (cache?.loadId !== loadId || cache.offset !== previousOffset) return 'lost';
    for (const change of changes) applyChange(cache, change);
    cache.offset = offset;
    return 'ok';
  }

  async load(shard: ShardId, loadId: string, { offset, free, holders }: ShardSnapshot): Promise<'ok' | 'lost'> {
    this.shards.set(shardKey(shard), {
      loadId,
      offset,
      free: free.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index)),
      users: new Map(holders.map(({ userId, unitNo, grabId }) => [userId, { state: 'held', unitNo, grabId }])),
    });
    return 'ok';
  }
}

function applyChange(cache: Cache, change: CacheChange): void {
  const { userId, grabId, unitNo } = change;
  const entry = cache.users.get(userId);
  const proposed = entry?.state === 'proposed' ? entry : undefined;
  switch (change.kind) {
    case 'granted':
      if (proposed !== undefined && proposed.unitNo !== unitNo) cache.free.push(proposed.unitNo);
      cache.free = cache.free.filter((unit) => unit !== unitNo);
      cache.users.set(userId, { state: 'held', unitNo, grabId });
      return;
    case 'ended':
      if (proposed !== undefined && proposed.unitNo !== unitNo) cache.free.push(proposed.unitNo);
      cache.users.delete(userId);
      cache.free.push(unitNo);
      return;
    case 'refused':
      if (proposed?.grabId !== grabId || proposed.unitNo !== unitNo) return;
      cache.users.delete(userId);
      if (change.unitFree) cache.free.push(unitNo);
  }
}
