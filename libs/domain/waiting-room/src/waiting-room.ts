import { drainPerSecond, type DrainLimits, NO_PACE, type Pace, paceOf } from './drain';
import { type Place, placeOf } from './place';
import { type PassUse, type RoomStore } from './ports';
import { EMPTY_ROOM, mergeRooms, type RoomId, roomKey, type RoomState } from './room';
import { Shuffles } from './shuffle';

export interface WaitingRoomOptions {
  readonly instanceId: string;
  /** 32 random bytes as 64 lower-case hex digits. */
  readonly newSeed: () => string;
  /** Whether this instance, or what is behind it, has more than enough to do: then it calls nobody. */
  readonly isOverloaded: () => boolean;
}

export interface RoomConditions {
  /** T0 has come. */
  readonly isOpen: boolean;
  readonly limits: DrainLimits;
}

/** Takes part in a batch of joins. */
interface Joiner {
  readonly userId: string;
  readonly mayEnter: boolean;
  readonly resolve: (arrival: number | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** What this instance remembers of a room: as much for ten people as for ten million. */
class RoomMemory {
  state = EMPTY_ROOM;
  pace: Pace = NO_PACE;
  /** How many numbers were given out from one beat to the next, lately; others may have given out as many again unheard of. */
  private growth = 0;
  private issuedAtBeat = 0;
  tried = 0;
  answered = 0;
  joiners: Joiner[] = [];
  isJoining = false;
  readonly shuffles = new Shuffles();

  hear(state: RoomState): void {
    this.state = mergeRooms(this.state, state);
    this.growth = Math.max(state.issued - this.issuedAtBeat, Math.floor(this.growth / 2));
    this.issuedAtBeat = Math.max(this.issuedAtBeat, state.issued);
  }

  /** For a store that has forgotten. */
  get known(): { readonly known: RoomState; readonly unheard: number } {
    return { known: this.state, unheard: 2 * this.growth };
  }
}

/**
 * The waiting rooms as one instance serves them. It remembers the most it has heard of each, so that a store that forgets is told again, and the serving
 * number never goes back.
 */
export class WaitingRoom {
  private readonly rooms = new Map<string, RoomMemory>();

  constructor(
    private readonly store: RoomStore,
    private readonly options: WaitingRoomOptions,
  ) {}

  stateOf(room: RoomId): RoomState {
    return this.rooms.get(roomKey(room))?.state ?? EMPTY_ROOM;
  }

  paceOf(room: RoomId): Pace {
    return this.rooms.get(roomKey(room))?.pace ?? NO_PACE;
  }

  placeOf(room: RoomId, arrival: number): Place {
    return this.placeIn(this.memoryOf(room), arrival);
  }

  /** Takes in what somebody could prove about a room: the store may have lost it, and this instance may be new. */
  learn(room: RoomId, shown: RoomState): void {
    const memory = this.memoryOf(room);
    memory.state = mergeRooms(memory.state, shown);
  }

  /** A grab of this room's API was handed on. */
  noteTried(room: RoomId): void {
    this.memoryOf(room).tried += 1;
  }

  /** It was decided. */
  noteAnswered(room: RoomId): void {
    this.memoryOf(room).answered += 1;
  }

  /** Keeps the room going; to be called several times a second. Throws when the store is away: then nobody is called. */
  async beat(room: RoomId, { isOpen, limits }: RoomConditions): Promise<void> {
    const memory = this.memoryOf(room);
    const { tried, answered } = memory;
    const { state, marks } = await this.store.beat(room, {
      ...memory.known,
      instanceId: this.options.instanceId,
      isOpen,
      seed: this.options.newSeed(),
      perSecond: this.options.isOverloaded() ? undefined : drainPerSecond(limits, memory.pace),
      tried,
      answered,
    });
    memory.tried -= tried;
    memory.answered -= answered;
    memory.hear(state);
    memory.pace = paceOf(marks);
  }

  /**
   * The person's arrival number: the one they have, unless its place has lapsed, or a new one; undefined for a newcomer who may not enter.
   * Those who come while others are being served go together. Throws when the store is away.
   */
  join(room: RoomId, userId: string, mayEnter: boolean): Promise<number | undefined> {
    const memory = this.memoryOf(room);
    return new Promise((resolve, reject) => {
      memory.joiners.push({ userId, mayEnter, resolve, reject });
      if (!memory.isJoining) void this.serveJoiners(room, memory);
    });
  }

  /**
   * Binds the pass of a called place to a grab. False when it is already bound to another one. Throws when the store is away.
   */
  async spend(room: RoomId, pass: PassUse): Promise<boolean> {
    return (await this.store.spend(room, pass)) === pass.grabId;
  }

  private async serveJoiners(room: RoomId, memory: RoomMemory): Promise<void> {
    memory.isJoining = true;
    while (memory.joiners.length > 0) {
      const joiners = memory.joiners;
      memory.joiners = [];
      try {
        const arrivals = await this.arrivalsOf(room, memory, joiners);
        for (const { userId, resolve } of joiners) resolve(arrivals.get(userId));
      } catch (error) {
        for (const { reject } of joiners) reject(error);
      }
    }
    memory.isJoining = false;
  }

  private async arrivalsOf(
    room: RoomId,
    memory: RoomMemory,
    joiners: readonly Joiner[],
  ): Promise<ReadonlyMap<string, number>> {
    const userIds = [...new Set(joiners.map(({ userId }) => userId))];
    const welcome = new Set(joiners.filter(({ mayEnter }) => mayEnter).map(({ userId }) => userId));
    const had = await this.store.arrivals(room, userIds);
    const arrivals = new Map<string, number>();
    const newcomers: { userId: string; instead: number | undefined }[] = [];
    userIds.forEach((userId, index) => {
      const arrival = had[index];
      if (arrival !== undefined && this.placeIn(memory, arrival).kind !== 'lapsed') arrivals.set(userId, arrival);
      else if (welcome.has(userId)) newcomers.push({ userId, instead: arrival });
    });
    if (newcomers.length === 0) return arrivals;
    const last = await this.store.take(room, newcomers.length, memory.known);
    memory.state = { ...memory.state, issued: Math.max(memory.state.issued, last) };
    const first = last - newcomers.length + 1;
    const entries = newcomers.map((newcomer, index) => ({ ...newcomer, arrival: first + index }));
    const entered = await this.store.enter(room, entries);
    entries.forEach(({ userId, arrival }, index) => arrivals.set(userId, entered[index] ?? arrival));
    return arrivals;
  }

  private placeIn({ state, shuffles }: RoomMemory, arrival: number): Place {
    return placeOf(state.opening && shuffles.positionOf(arrival, state.opening), state);
  }

  private memoryOf(room: RoomId): RoomMemory {
    const key = roomKey(room);
    const known = this.rooms.get(key);
    if (known) return known;
    const made = new RoomMemory();
    this.rooms.set(key, made);
    return made;
  }
}
