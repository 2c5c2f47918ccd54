/** Where those wait who are over the cap of one API of one campaign. */
export interface RoomId {
  readonly campaignId: string;
  readonly api: string;
}

/** What was fixed, once, when the room opened at T0. */
export interface Opening {
  /** The numbers that had been given out by then: they are shuffled among themselves. */
  readonly frozen: number;
  /** 32 random bytes as 64 lower-case hex digits, made when it opened and public from then on. */
  readonly seed: string;
  /** By the store's clock. */
  readonly atMs: number;
}

/**
 * A room at an instant, whatever the number waiting. Everything in it only grows, so of two reports of one room the larger figures hold: nobody's place is
 * lost while anybody remembers.
 */
export interface RoomState {
  /** The highest arrival number given out; the first is 1. */
  readonly issued: number;
  /** Undefined before T0: until then there are arrival numbers and no positions. */
  readonly opening: Opening | undefined;
  /** The serving number: positions up to here have been called. */
  readonly serving: number;
  /** Positions up to here were called longer ago than a place is kept. */
  readonly lapsed: number;
}

/** How long a place is kept after it was called; time in which the room calls nobody does not count. */
export const PLACE_KEPT_MS = 60_000;

export const EMPTY_ROOM: RoomState = { issued: 0, opening: undefined, serving: 0, lapsed: 0 };

export function roomKey({ campaignId, api }: RoomId): string {
  return `${campaignId}/${api}`;
}

/**
 * What two reports of one room come to. A room that was forgotten and opened again has two openings: the earlier one is what people computed their positions
 * from.
 */
export function mergeRooms(one: RoomState, other: RoomState): RoomState {
  return {
    issued: Math.max(one.issued, other.issued),
    opening: earlier(one.opening, other.opening),
    serving: Math.max(one.serving, other.serving),
    lapsed: Math.max(one.lapsed, other.lapsed),
  };
}

/** How many are in front of the next to come: places called are no longer waiting. */
export function waitingIn({ issued, serving }: RoomState): number {
  return Math.max(0, issued - serving);
}

function earlier(one: Opening | undefined, other: Opening | undefined): Opening | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const isEarlier = other.atMs === one.atMs ? other.seed < one.seed : other.atMs < one.atMs;
  return isEarlier ? other : one;
}
