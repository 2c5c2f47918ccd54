import { type Mark } from '../drain';
import { type Beat, type Beaten, type Entry, type PassUse, type RoomStore } from '../ports';
import { EMPTY_ROOM, mergeRooms, PLACE_KEPT_MS, type RoomId, roomKey, type RoomState } from '../room';

const LEASE_MS = 1_000;
const CATCH_UP_MS_MAX = 500;
const MARK_EVERY_MS = 1_000;

interface Room {
  state: RoomState;
  leader: string;
  leaseUntilMs: number;
  calledAtMs: number | undefined;
  carry: number;
  tried: number;
  answered: number;
  marks: Mark[];
  readonly arrivals: Map<string, number>;
  readonly passes: Map<string, string>;
}

/** The store in memory, by virtual time: the rules that the one in Redis keeps to as well. */
export class MemoryRoomStore implements RoomStore {
  private rooms = new Map<string, Room>();

  constructor(private readonly nowMs: () => number) {}

  /** Loses everything. */
  flush(): void {
    this.rooms = new Map();
  }

  async beat(id: RoomId, beat: Beat): Promise<Beaten> {
    const room = this.roomOf(id);
    const nowMs = this.nowMs();
    restore(room, beat);
    if (beat.isOpen && room.state.opening === undefined) {
      room.state = { ...room.state, opening: { frozen: room.state.issued, seed: beat.seed, atMs: nowMs } };
    }
    room.tried += beat.tried;
    room.answered += beat.answered;
    // The last call lies in the time to come: the clock is another one. Its lease and its marks would hold until then.
    if ((room.calledAtMs ?? nowMs) > nowMs + LEASE_MS) {
      room.leaseUntilMs = -Infinity;
      room.marks = [];
    }
    if (lead(room, beat, nowMs)) this.call(room, beat.perSecond ?? 0, nowMs);
    return { state: room.state, marks: [...room.marks, markOf(room, nowMs)] };
  }

  async take(id: RoomId, count: number, known: Pick<Beat, 'known' | 'unheard'>): Promise<number> {
    const room = this.roomOf(id);
    const issued = issuedAbove(room.state.issued, known) + count;
    room.state = { ...room.state, issued };
    return issued;
  }

  async arrivals(id: RoomId, userIds: readonly string[]): Promise<(number | undefined)[]> {
    const { arrivals } = this.roomOf(id);
    return userIds.map((userId) => arrivals.get(userId));
  }

  async enter(id: RoomId, entries: readonly Entry[]): Promise<number[]> {
    const { arrivals } = this.roomOf(id);
    return entries.map(({ userId, arrival, instead }) => {
      const has = arrivals.get(userId);
      if (has !== undefined && has !== instead) return has;
      arrivals.set(userId, arrival);
      return arrival;
    });
  }

  async spend(id: RoomId, { userId, position, grabId }: PassUse): Promise<string> {
    const { passes } = this.roomOf(id);
    const key = `${userId}:${position}`;
    const bound = passes.get(key) ?? grabId;
    passes.set(key, bound);
    return bound;
  }

  private call(room: Room, perSecond: number, nowMs: number): void {
    const { issued, serving } = room.state;
    const passedMs = Math.min(CATCH_UP_MS_MAX, Math.max(0, nowMs - (room.calledAtMs ?? nowMs)));
    // Time in which nobody was called, or that a clock jumped, is not time in which those who were called could have come.
    const idleMs = nowMs - (room.calledAtMs ?? nowMs) - CATCH_UP_MS_MAX;
    if (idleMs > LEASE_MS) room.marks = room.marks.map((mark) => ({ ...mark, atMs: mark.atMs + idleMs }));
    const due = (passedMs * perSecond) / 1_000 + room.carry;
    const called = Math.max(0, Math.min(Math.floor(due), issued - serving));
    // What nobody was there for is gone, so that an empty room does not save up for a crowd.
    room.carry = called < Math.floor(due) ? 0 : due - called;
    room.calledAtMs = nowMs;
    room.state = { ...room.state, serving: serving + called };
    this.mark(room, nowMs);
  }

  private mark(room: Room, nowMs: number): void {
    const newest = room.marks.at(-1);
    if (newest === undefined || nowMs - newest.atMs >= MARK_EVERY_MS) room.marks.push(markOf(room, nowMs));
    for (let oldest = room.marks[0]; oldest && nowMs - oldest.atMs >= PLACE_KEPT_MS; oldest = room.marks[0]) {
      room.state = { ...room.state, lapsed: Math.max(room.state.lapsed, oldest.serving) };
      room.marks.shift();
    }
  }

  private roomOf(id: RoomId): Room {
    const key = roomKey(id);
    const known = this.rooms.get(key);
    if (known) return known;
    const made: Room = {
      state: EMPTY_ROOM,
      leader: '',
      leaseUntilMs: -Infinity,
      calledAtMs: undefined,
      carry: 0,
      tried: 0,
      answered: 0,
      marks: [],
      arrivals: new Map(),
      passes: new Map(),
    };
    this.rooms.set(key, made);
    return made;
  }
}

function restore(room: Room, { known, unheard }: Pick<Beat, 'known' | 'unheard'>): void {
  const issued = issuedAbove(room.state.issued, { known, unheard });
  room.state = { ...mergeRooms(room.state, known), issued };
}

function issuedAbove(issued: number, { known, unheard }: Pick<Beat, 'known' | 'unheard'>): number {
  return issued < known.issued ? known.issued + unheard : issued;
}

/** Whether this instance may call people now. One that must not lets go of the lease. */
function lead(room: Room, { instanceId, perSecond }: Beat, nowMs: number): boolean {
  if (room.state.opening === undefined) return false;
  const isLeader = room.leader === instanceId;
  if (perSecond === undefined) {
    if (isLeader) room.leaseUntilMs = nowMs;
    return false;
  }
  if (!isLeader && room.leaseUntilMs > nowMs) return false;
  room.leader = instanceId;
  room.leaseUntilMs = nowMs + LEASE_MS;
  return true;
}

function markOf({ state, tried, answered }: Room, atMs: number): Mark {
  return { atMs, serving: state.serving, tried, answered };
}
