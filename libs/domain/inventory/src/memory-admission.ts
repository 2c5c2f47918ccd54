import {
  type Admission,
  type CacheChange,
  type OpenProposal,
  type PresentLoad,
  type Proposal,
  type ProposeItem,
  type ShardSnapshot,
} from './admission';
import { FreeQueue } from './free-queue';
import { type ShardId, shardKey } from './pool';

interface SetAside {
  readonly unitNo: number;
  readonly grabId: string;
  readonly sinceMs: number;
}

interface Cache {
  readonly loadId: string;
  offset: number;
  readonly free: FreeQueue;
  readonly holders: Set<string>;
  /** By user, in the order of the proposals. */
  readonly open: Map<string, SetAside>;
}

const OVERDUE_MAX = 500;

/**
 * The strategy *memory*: the instance keeps the admission cache itself. Nobody else sees it, so that another instance which
 * serves the same shard proposes the same units, and the log refuses one of the two.
 */
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
    const cache = this.cacheOf(shard, loadId);
    return cache === undefined ? 'lost' : items.map((item) => propose(cache, nowMs, item));
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
    const queue = new FreeQueue();
    for (const range of free) queue.add(range);
    this.shards.set(shardKey(shard), {
      loadId,
      offset,
      free: queue,
      holders: new Set(holders.map(({ userId }) => userId)),
      open: new Map(),
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
    const found: OpenProposal[] = [];
    for (const [userId, { grabId, unitNo, sinceMs }] of cache.open) {
      if (sinceMs >= beforeMs || found.length === OVERDUE_MAX) break;
      found.push({ userId, grabId, unitNo });
    }
    return found;
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

function propose({ holders, open, free }: Cache, sinceMs: number, { userId, grabId }: ProposeItem): Proposal {
  if (holders.has(userId)) return { kind: 'held' };
  const known = open.get(userId);
  if (known !== undefined) {
    return known.grabId === grabId
      ? { kind: 'proposed', unitNo: known.unitNo }
      : { kind: 'other-grab', grabId: known.grabId };
  }
  const unitNo = free.take();
  if (unitNo === undefined) return { kind: 'none-free' };
  open.set(userId, { unitNo, grabId, sinceMs });
  return { kind: 'proposed', unitNo };
}

function applyChange(cache: Cache, change: CacheChange): void {
  const { free, holders, open } = cache;
  if (change.kind === 'added') return free.add(change.range);
  if (change.kind === 'removed') return free.remove(change.range);

  const { userId, grabId } = change;
  const setAside = open.get(userId);
  switch (change.kind) {
    case 'granted':
      open.delete(userId);
      holders.add(userId);
      if (setAside?.unitNo === change.unitNo) return;
      if (setAside !== undefined) free.add(single(setAside.unitNo));
      return free.remove(single(change.unitNo));
    case 'ended':
      open.delete(userId);
      holders.delete(userId);
      if (setAside !== undefined && setAside.unitNo !== change.unitNo) free.add(single(setAside.unitNo));
      return free.add(single(change.unitNo));
    case 'refused':
      if (setAside?.grabId !== grabId || setAside.unitNo !== change.unitNo) return;
      open.delete(userId);
      if (change.unitFree) free.add(single(change.unitNo));
      else free.dropStale(change.unitNo);
      return;
    case 'voided':
      if (setAside?.grabId !== grabId) return;
      open.delete(userId);
      free.add(single(setAside.unitNo));
  }
}

const single = (unitNo: number) => ({ from: unitNo, to: unitNo + 1 });
