import {
  type Admission,
  type CacheChange,
  type OpenProposal,
  type PresentLoad,
  type Proposal,
  type ProposeItem,
  type ShardSnapshot,
} from '../admission';
import { type ShardId, shardKey } from '../pool';
import { type UnitRange } from '../unit-ranges';

interface Entry {
  readonly state: 'proposed' | 'held';
  readonly unitNo: number;
  readonly grabId: string;
  readonly sinceMs: number;
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
    nowMs: number,
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
      cache.users.set(userId, { state: 'proposed', unitNo, grabId, sinceMs: nowMs });
      return { kind: 'proposed', unitNo };
    });
  }

  async apply(
    shard: ShardId,
    loadId: string,
    { previousOffset, offset }: { readonly previousOffset: number; readonly offset: number },
    changes: readonly CacheChange[],
  ): Promise<'ok' | 'lost'> {
    const cache = this.cacheOf(shard, loadId);
    if (cache === undefined) return 'lost';
    if (cache.offset >= offset) return 'ok';
    if (cache.offset !== previousOffset) return 'lost';
    for (const change of changes) applyChange(cache, change);
    cache.offset = offset;
    return 'ok';
  }

  async load(shard: ShardId, loadId: string, { offset, free, holders }: ShardSnapshot): Promise<'ok' | 'lost'> {
    this.shards.set(shardKey(shard), {
      loadId,
      offset,
      free: free.flatMap(unitsOf),
      users: new Map(
        holders.map(({ userId, unitNo, grabId }) => [userId, { state: 'held', unitNo, grabId, sinceMs: 0 }]),
      ),
    });
    return 'ok';
  }

  async present(shard: ShardId): Promise<PresentLoad | undefined> {
    const cache = this.shards.get(shardKey(shard));
    return cache && { loadId: cache.loadId, offset: cache.offset };
  }

  async overdue(shard: ShardId, loadId: string, beforeMs: number): Promise<readonly OpenProposal[] | 'lost'> {
    const cache = this.cacheOf(shard, loadId);
    if (cache === undefined) return 'lost';
    return [...cache.users].flatMap(([userId, { state, sinceMs, grabId, unitNo }]) =>
      state === 'proposed' && sinceMs < beforeMs ? [{ userId, grabId, unitNo }] : [],
    );
  }

  async giveBack(shard: ShardId, loadId: string, proposals: readonly OpenProposal[]): Promise<'ok' | 'lost'> {
    const cache = this.cacheOf(shard, loadId);
    if (cache === undefined) return 'lost';
    for (const proposal of proposals) applyChange(cache, { kind: 'refused', ...proposal, unitFree: true });
    return 'ok';
  }

  async place(): Promise<string> {
    return 'this process';
  }

  private cacheOf(shard: ShardId, loadId: string): Cache | undefined {
    const cache = this.shards.get(shardKey(shard));
    return cache?.loadId === loadId ? cache : undefined;
  }
}

function applyChange(cache: Cache, change: CacheChange): void {
  if (change.kind === 'added') {
    cache.free.push(...unitsOf(change.range));
    return;
  }
  if (change.kind === 'removed') {
    const { from, to } = change.range;
    cache.free = cache.free.filter((unit) => unit < from || unit >= to);
    return;
  }
  const { userId, grabId } = change;
  const entry = cache.users.get(userId);
  const proposed = entry?.state === 'proposed' ? entry : undefined;
  switch (change.kind) {
    case 'granted':
      if (proposed !== undefined && proposed.unitNo !== change.unitNo) cache.free.push(proposed.unitNo);
      cache.free = cache.free.filter((unit) => unit !== change.unitNo);
      cache.users.set(userId, { state: 'held', unitNo: change.unitNo, grabId, sinceMs: 0 });
      return;
    case 'ended':
      if (proposed !== undefined && proposed.unitNo !== change.unitNo) cache.free.push(proposed.unitNo);
      cache.users.delete(userId);
      cache.free.push(change.unitNo);
      return;
    case 'refused':
      if (proposed?.grabId !== grabId || proposed.unitNo !== change.unitNo) return;
      cache.users.delete(userId);
      if (change.unitFree) cache.free.push(change.unitNo);
      return;
    case 'voided':
      if (proposed?.grabId !== grabId) return;
      cache.users.delete(userId);
      cache.free.push(proposed.unitNo);
  }
}

const unitsOf = ({ from, to }: UnitRange): number[] => Array.from({ length: to - from }, (_, index) => from + index);
