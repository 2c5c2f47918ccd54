import { type LuaScript, type RedisClient } from '@floodgate/adapters/redis';
import {
  type Admission,
  type CacheChange,
  type OpenProposal,
  type PresentLoad,
  type Proposal,
  type ProposeItem,
  type ShardId,
  shardKey,
  type ShardSnapshot,
} from '@floodgate/domain/inventory';
import { ADMISSION_SCRIPTS } from './redis-admission-scripts';

/** Items of one script call: a longer step would keep other shards waiting. */
const ITEMS_MAX = 1_000;
const OVERDUE_MAX = 500;
const OVERDUE_LOOKS_MAX = 5_000;

/**
 * The admission cache in Redis: all keys of a shard under one hash tag, each step one script. Whatever Redis answers that is not
 * a reply of the script (away, too slow, not writable) is thrown; the load must then be taken for lost.
 */
export class RedisAdmission implements Admission {
  private readonly scripts = ADMISSION_SCRIPTS.ranges;

  constructor(private readonly redis: RedisClient) {}

  async propose(
    shard: ShardId,
    loadId: string,
    nowMs: number,
    items: readonly ProposeItem[],
  ): Promise<readonly Proposal[] | 'lost'> {
    const replies = await Promise.all(
      parts(items, ITEMS_MAX).map((part) => {
        const args = [loadId, nowMs, ...part.map(({ userId }) => userId), ...part.map(({ grabId }) => grabId)];
        return this.run(this.scripts.propose, shard, args) as Promise<RawProposal[] | 'lost'>;
      }),
    );
    const proposals: Proposal[] = [];
    for (const reply of replies) {
      if (reply === 'lost') return 'lost';
      for (const raw of reply) proposals.push(parseProposal(raw));
    }
    return proposals;
  }

  async apply(
    shard: ShardId,
    loadId: string,
    { previousOffset, offset }: { readonly previousOffset: number; readonly offset: number },
    changes: readonly CacheChange[],
  ): Promise<'ok' | 'lost'> {
    const rows = changes.map(changeRow);
    const columns = ([0, 1, 2, 3] as const).flatMap((column) => rows.map((row) => row[column]));
    return (await this.run(this.scripts.apply, shard, [loadId, previousOffset, offset, ...columns])) as 'ok' | 'lost';
  }

  async load(shard: ShardId, loadId: string, { offset, free, holders }: ShardSnapshot): Promise<'ok' | 'lost'> {
    await this.run(this.scripts.loadBegin, shard, [loadId]);
    for (const part of parts(free, ITEMS_MAX)) {
      const args = [loadId, part.length, ...part.flatMap(({ from, to }) => [from, to])];
      if ((await this.run(this.scripts.loadPart, shard, args)) === 'lost') return 'lost';
    }
    for (const part of parts(holders, ITEMS_MAX)) {
      const args = [loadId, 0, ...part.map(({ userId }) => userId)];
      if ((await this.run(this.scripts.loadPart, shard, args)) === 'lost') return 'lost';
    }
    return (await this.run(this.scripts.loadEnd, shard, [loadId, offset])) as 'ok' | 'lost';
  }

  async present(shard: ShardId): Promise<PresentLoad | undefined> {
    const [meta = ''] = keysOf(shard);
    const [loadId, offset] = await this.redis.hmget(meta, 'loadId', 'offset');
    return loadId ? { loadId, offset: Number(offset) } : undefined;
  }

  async overdue(shard: ShardId, loadId: string, beforeMs: number): Promise<readonly OpenProposal[] | 'lost'> {
    const args = [loadId, beforeMs, OVERDUE_MAX, OVERDUE_LOOKS_MAX];
    const reply = (await this.run(this.scripts.overdue, shard, args)) as (string | number)[] | 'lost';
    if (reply === 'lost') return 'lost';
    return parts(reply, 3).map(([userId, grabId, unitNo]) => ({
      userId: String(userId),
      grabId: String(grabId),
      unitNo: Number(unitNo),
    }));
  }

  async giveBack(shard: ShardId, loadId: string, proposals: readonly OpenProposal[]): Promise<'ok' | 'lost'> {
    const columns = (['userId', 'grabId', 'unitNo'] as const).flatMap((field) => proposals.map((open) => open[field]));
    return (await this.run(this.scripts.giveBack, shard, [loadId, ...columns])) as 'ok' | 'lost';
  }

  async place(shard: ShardId): Promise<string> {
    return (await this.run(this.scripts.place, shard, [])) as string;
  }

  private run(script: LuaScript, shard: ShardId, args: readonly (string | number)[]): Promise<unknown> {
    return script.run(this.redis, keysOf(shard), args);
  }
}

/** A unit; -1: holds one; -2: none free; a text: the user's other grab. */
type RawProposal = number | string;

function parseProposal(raw: RawProposal): Proposal {
  if (typeof raw === 'string') return { kind: 'other-grab', grabId: raw };
  if (raw >= 0) return { kind: 'proposed', unitNo: raw };
  return { kind: raw === -1 ? 'held' : 'none-free' };
}

type ChangeRow = readonly [kind: string, userId: string, grabId: string | number, unit: number];

function changeRow(change: CacheChange): ChangeRow {
  switch (change.kind) {
    case 'granted':
      return ['g', change.userId, change.grabId, change.unitNo];
    case 'refused':
      return [change.unitFree ? 'r' : 'x', change.userId, change.grabId, change.unitNo];
    case 'ended':
      return ['e', change.userId, change.grabId, change.unitNo];
    case 'voided':
      return ['v', change.userId, change.grabId, -1];
    case 'added':
      return ['a', '', change.range.from, change.range.to];
    case 'removed':
      return ['m', '', change.range.from, change.range.to];
  }
}

function keysOf(shard: ShardId): string[] {
  const tag = `floodgate:{${shardKey(shard)}}`;
  return ['meta', 'free', 'users', 'open', 'stale'].map((name) => `${tag}:${name}`);
}

function parts<T>(list: readonly T[], size: number): (readonly T[])[] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, index) => list.slice(index * size, (index + 1) * size));
}
