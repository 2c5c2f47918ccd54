import { type LuaScript, type RedisClient } from '@floodgate/adapters/redis';
import {
  type CacheChange,
  type OpenProposal,
  type PresentLoad,
  type Proposal,
  type ProposeItem,
  type ShardId,
  shardKey,
  type ShardSnapshot,
  type UnitRange,
} from '@floodgate/domain/inventory';
import { hashTag } from './hash-tag';
import { type CentralAdmission } from './local-quota';
import { ADMISSION_SCRIPTS, type FreeForm } from './redis-admission-scripts';

/** Items of one script call: a longer step would keep other shards waiting. */
const ITEMS_MAX = 1_000;
/** Units that a queue takes in one script call. */
const UNITS_MAX = 5_000;
/** Parts of a load that are on their way together. */
const PARTS_IN_FLIGHT = 8;
const OVERDUE_MAX = 500;
const OVERDUE_LOOKS_MAX = 5_000;

/**
 * The admission cache in Redis: all keys of a shard under one hash tag, each step one script. Whatever Redis answers that is not
 * a reply of the script (away, too slow, not writable) is thrown; the load must then be taken for lost.
 */
export class RedisAdmission implements CentralAdmission {
  private readonly scripts: (typeof ADMISSION_SCRIPTS)[FreeForm];
  private readonly keys = new Map<string, string[]>();

  /** `shards`: how many the pool has; `free`: how free units are kept. */
  constructor(
    private readonly redis: RedisClient,
    private readonly options: { readonly shards: number; readonly free: FreeForm },
  ) {
    this.scripts = ADMISSION_SCRIPTS[options.free];
  }

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
    // One after the other: free units keep their order.
    for (const part of partsOfUnits(free, this.options.free === 'units' ? UNITS_MAX : Infinity)) {
      const args = [loadId, part.length, ...part.flatMap(({ from, to }) => [from, to])];
      if ((await this.run(this.scripts.loadPart, shard, args)) === 'lost') return 'lost';
    }
    for (const window of parts(parts(holders, ITEMS_MAX), PARTS_IN_FLIGHT)) {
      const replies = await Promise.all(
        window.map((part) => {
          const args = [loadId, 0, ...part.map(({ userId }) => userId)];
          return this.run(this.scripts.loadPart, shard, args);
        }),
      );
      if (replies.includes('lost')) return 'lost';
    }
    return (await this.run(this.scripts.loadEnd, shard, [loadId, offset])) as 'ok' | 'lost';
  }

  async present(shard: ShardId): Promise<PresentLoad | undefined> {
    const [meta = ''] = this.keysOf(shard);
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

  async freeCount(shard: ShardId, loadId: string): Promise<number | 'lost'> {
    return (await this.run(this.scripts.freeCount, shard, [loadId])) as number | 'lost';
  }

  private run(script: LuaScript, shard: ShardId, args: readonly (string | number)[]): Promise<unknown> {
    return script.run(this.redis, this.keysOf(shard), args);
  }

  private keysOf(shard: ShardId): readonly string[] {
    const key = shardKey(shard);
    let keys = this.keys.get(key);
    if (keys === undefined) {
      const tag = hashTag(shard, this.options.shards);
      keys = ['meta', 'free', 'users', 'open', 'stale'].map((name) => `floodgate:{${tag}}:${name}`);
      this.keys.set(key, keys);
    }
    return keys;
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
      return ['g', change.userId, '', change.unitNo];
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

function parts<T>(list: readonly T[], size: number): (readonly T[])[] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, index) => list.slice(index * size, (index + 1) * size));
}

/** Ranges in their order, in parts of at most ITEMS_MAX ranges and `unitsMax` units; a longer range is cut. */
function* partsOfUnits(ranges: readonly UnitRange[], unitsMax: number): Generator<readonly UnitRange[]> {
  let part: UnitRange[] = [];
  let units = 0;
  for (const { from, to } of ranges) {
    for (let start = from; start < to;) {
      const end = Math.min(to, start + unitsMax - units);
      part.push({ from: start, to: end });
      units += end - start;
      start = end;
      if (units < unitsMax && part.length < ITEMS_MAX) continue;
      yield part;
      part = [];
      units = 0;
    }
  }
  if (part.length > 0) yield part;
}
