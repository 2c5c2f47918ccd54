import { type Mark } from './drain';
import { type RoomId, type RoomState } from './room';

/** What an instance tells of a room, at every beat. */
export interface Beat {
  readonly instanceId: string;
  /** The most it remembers; a store that knows less takes it over. */
  readonly known: RoomState;
  /** Numbers that others may have given out since it last heard; a store that knows less begins above them. */
  readonly unheard: number;
  /** T0 has come. */
  readonly isOpen: boolean;
  /** For the opening, if this is the beat that opens the room. */
  readonly seed: string;
  /** How many a second to call; undefined: this instance must not call anybody now. */
  readonly perSecond: number | undefined;
  /** Grabs handed on, and decided, since the last beat that was answered. */
  readonly tried: number;
  readonly answered: number;
}

export interface Beaten {
  readonly state: RoomState;
  /** Of the last PLACE_KEPT_MS, in order of time. */
  readonly marks: readonly Mark[];
}

/** The numbers of a room, shared by all instances. Each method is one atomic step for each room and person. Throws when the store is away. */
export interface RoomStore {
  /**
   * Takes over what the instance knows better, opens the room when T0 has come (once: numbers given out by then are frozen), and calls people for the time
   * since they were last called, if this instance leads. At most half a second is made up for, and all leaders together call no more than the highest of
   * their rates.
   */
  beat(room: RoomId, beat: Beat): Promise<Beaten>;
  /** Gives out `count` numbers, above all given out before and above `known`; the last of them. */
  take(room: RoomId, count: number, known: Pick<Beat, 'known' | 'unheard'>): Promise<number>;
  /** The arrival numbers that people have; undefined for whoever has none. */
  arrivals(room: RoomId, userIds: readonly string[]): Promise<(number | undefined)[]>;
  /** Gives a person a number if they have none, or exactly `instead`; the number they then have. */
  enter(room: RoomId, entries: readonly Entry[]): Promise<number[]>;
  /** The grabId that this place's pass is for: the first one that was named. */
  spend(room: RoomId, pass: PassUse): Promise<string>;
}

export interface Entry {
  readonly userId: string;
  readonly arrival: number;
  readonly instead: number | undefined;
}

export interface PassUse {
  readonly userId: string;
  readonly position: number;
  readonly grabId: string;
  /** How long it is remembered, at least. */
  readonly ttlMs: number;
}
