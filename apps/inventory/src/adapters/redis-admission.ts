import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LuaScript } from '@floodgate/adapters/redis';
import {
  type Admission,
  type CacheChange,
  type Proposal,
  type ProposeItem,
  type ShardId,
  shardKey,
  type ShardSnapshot,
} from '@floodgate/domain/inventory';
import { type Redis } from 'ioredis';

const script = (name: string) => new LuaScript(readFileSync(join(__dirname, 'lua', `${name}.lua`), 'utf8'));

const PROPOSE = script('propose');
const APPLY = script('apply');
const LOAD_BEGIN = script('load-begin');
const LOAD_PART = script('load-part');
const LOAD_END = script('load-end');

const LOAD_PART_SIZE = 1_000;

/** The admission cache in Redis: all keys of a shard under one hash tag, each step one script. */
export class RedisAdmission implements Admission {
  constructor(private readonly redis: Redis) {}

  async propose(
    shard: ShardId,
    loadId: string,
    nowMs: number,
    items: readonly ProposeItem[],
  ): Promise<readonly Proposal[] | 'lost'> {
    const args = [loadId, nowMs, ...items.flatMap(({ userId, grabId }) => [userId, grabId])];
    const reply = await PROPOSE.run(this.redis, keysOf(shard), args);
    return reply === 'lost' ? 'lost' : (reply as RawProposal[]).map(parseProposal);
  }

  async apply(
    shard: ShardId,
    loadId: string,
    { previousOffset, offset }: { readonly previousOffset: number; readonly offset: number },
    changes: readonly CacheChange[],
  ): Promise<'ok' | 'lost'> {
    const args = [loadId, previousOffset, offset, ...changes.flatMap(changeArgs)];
    return (await APPLY.run(this.redis, keysOf(shard), args)) as 'ok' | 'lost';
  }

  async load(shard: ShardId, loadId: string, { offset, free, holders }: ShardSnapshot): Promise<'ok' | 'lost'> {
    const keys = keysOf(shard);
    await LOAD_BEGIN.run(this.redis, keys, [loadId]);
    for (const ranges of parts(free)) {
      const texts = ranges.map(({ from, to }) => `${from}-${to}`);
      if ((await LOAD_PART.run(this.redis, keys, [loadId, texts.length, ...texts])) === 'lost') return 'lost';
    }
    for (const part of parts(holders)) {
      const entries = part.flatMap(({ userId, unitNo, grabId }) => [userId, `h|${unitNo}|0|${grabId}`]);
      if ((await LOAD_PART.run(this.redis, keys, [loadId, 0, ...entries])) === 'lost') return 'lost';
    }
    return (await LOAD_END.run(this.redis, keys, [loadId, offset])) as 'ok' | 'lost';
  }
}

type RawProposal = ['p', number] | ['o', string] | ['h'] | ['n'];

function parseProposal(raw: RawProposal): Proposal {
  switch (raw[0]) {
    case 'p':
      return { kind: 'proposed', unitNo: raw[1] };
    case 'o':
      return { kind: 'other-grab', grabId: raw[1] };
    case 'h':
      return { kind: 'held' };
    case 'n':
      return { kind: 'none-free' };
  }
}

function changeArgs(change: CacheChange): (string | number)[] {
  const { userId, grabId, unitNo } = change;
  return [changeKind(change), userId, grabId, unitNo];
}

function changeKind(change: CacheChange): string {
  switch (change.kind) {
    case 'granted':
      return 'g';
    case 'refused':
      return change.unitFree ? 'r' : 'x';
    case 'ended':
      return 'e';
  }
}

function keysOf(shard: ShardId): string[] {
  const tag = `floodgate:{${shardKey(shard)}}`;
  return [`${tag}:meta`, `${tag}:free`, `${tag}:users`];
}

function* parts<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < list.length; from += LOAD_PART_SIZE) yield list.slice(from, from + LOAD_PART_SIZE);
}
