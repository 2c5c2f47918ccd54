import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LuaScript, type RedisClient } from '@floodgate/adapters/redis';
import {
  type Beat,
  type Beaten,
  type Entry,
  type Mark,
  type PassUse,
  type RoomId,
  roomKey,
  type RoomStore,
} from '@floodgate/domain/waiting-room';

const text = (name: string) => readFileSync(join(__dirname, 'lua', `${name}.lua`), 'utf8');
const ISSUED = text('issued');
const BEAT = new LuaScript(`${ISSUED}\n${text('beat')}`);
const TAKE = new LuaScript(`${ISSUED}\n${text('take')}`);
const ENTER = new LuaScript(text('enter'));

/**
 * People's numbers lie in so many small hashes: Redis packs those of up to 128 into a few bytes a person, and a cluster spreads them. Up to two million
 * people a room are packed.
 */
const BUCKETS = 16_384;
/** Of SHA-256, base64url: 72 bits, so that no two of 10^8 people share a number. */
const FIELD_LENGTH = 12;
/** Long after any campaign's moment; each use begins it anew. */
const ROOM_TTL_MS = 24 * 3_600_000;

/** Where a person's number lies. */
interface Slot {
  readonly key: string;
  readonly field: string;
}

/** Rooms in Redis: one hash for the room, one number for each person, one key for each pass in use. Works on a server and on a cluster. */
export class RedisRoomStore implements RoomStore {
  constructor(private readonly redis: RedisClient) {}

  async beat(room: RoomId, beat: Beat): Promise<Beaten> {
    const { issued, opening, serving, lapsed } = beat.known;
    const reply = await BEAT.run(
      this.redis,
      [stateKey(room)],
      [
        ...[issued, opening?.frozen ?? '', opening?.seed ?? '', opening?.atMs ?? '', serving, lapsed, beat.unheard],
        ...[beat.instanceId, beat.isOpen ? 1 : 0, beat.seed, beat.perSecond ?? '', beat.tried, beat.answered],
        ROOM_TTL_MS,
      ],
    );
    return toBeaten(reply as string[]);
  }

  async take(room: RoomId, count: number, { known, unheard }: Pick<Beat, 'known' | 'unheard'>): Promise<number> {
    return Number(await TAKE.run(this.redis, [stateKey(room)], [count, known.issued, unheard, ROOM_TTL_MS]));
  }

  async arrivals(room: RoomId, userIds: readonly string[]): Promise<(number | undefined)[]> {
    const numbers = await Promise.all(
      userIds.map((userId) => {
        const { key, field } = slotOf(room, userId);
        return this.redis.hget(key, field);
      }),
    );
    return numbers.map((number) => (number === null ? undefined : Number(number)));
  }

  async enter(room: RoomId, entries: readonly Entry[]): Promise<number[]> {
    const numbers = await Promise.all(
      entries.map(({ userId, arrival, instead }) => {
        const { key, field } = slotOf(room, userId);
        return ENTER.run(this.redis, [key], [field, arrival, instead ?? '', ROOM_TTL_MS]);
      }),
    );
    return numbers.map(Number);
  }

  async spend(room: RoomId, { userId, position, grabId, ttlMs }: PassUse): Promise<string> {
    const { field } = slotOf(room, userId);
    const key = `room:pass:${roomKey(room)}:${position}:${field}`;
    const isFirst = await this.redis.set(key, grabId, 'PX', ttlMs, 'NX');
    if (isFirst === 'OK') return grabId;
    // It may have expired meanwhile: then nobody holds a pass of it any more.
    return (await this.redis.get(key)) ?? grabId;
  }
}

function stateKey(room: RoomId): string {
  return `room:state:${roomKey(room)}`;
}

function slotOf(room: RoomId, userId: string): Slot {
  const digest = createHash('sha256').update(userId).digest();
  return {
    key: `room:of:${roomKey(room)}:${digest.readUInt32BE(28) % BUCKETS}`,
    field: digest.toString('base64url').slice(0, FIELD_LENGTH),
  };
}

function toBeaten(reply: readonly string[]): Beaten {
  const [issued, frozen = '', seed = '', openedAtMs, serving, lapsed, marks = '[]'] = reply;
  return {
    state: {
      issued: Number(issued),
      opening: frozen === '' ? undefined : { frozen: Number(frozen), seed, atMs: Number(openedAtMs) },
      serving: Number(serving),
      lapsed: Number(lapsed),
    },
    marks: (JSON.parse(marks) as [number, number, number, number][]).map(([atMs, serving, tried, answered]): Mark => ({
      atMs,
      serving,
      tried,
      answered,
    })),
  };
}
