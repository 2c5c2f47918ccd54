import {
  lowestLevel,
  parseCursor,
  PRIORITIES,
  type Priority,
  priorityOf,
  shedLevel,
  USER_LEVELS,
  userLevel,
} from '@floodgate/domain/degradation-plan';
import { type Outcome } from '@floodgate/kernel';

export interface AdaptiveThrottleOptions {
  /** How many requests are sent for each that is accepted: above 1, so that a server that recovers is noticed. */
  readonly k?: number;
  /** For how long requests are remembered. */
  readonly windowMs?: number;
}

/** Who asks, and when by server time; `userId` undefined: nobody who is signed in. */
export interface Asking {
  readonly priority: Priority;
  /** Of a result or an order of one's own: a server refuses it last of all, whoever asks. */
  readonly isTopmost?: boolean;
  readonly userId: string | undefined;
  readonly serverMs: number;
  /** Undefined: about none. */
  readonly campaignId?: string | undefined;
}

const SLICES = 24;
// However many failed: after so long without any request one goes out, to see whether the server is back.
const PROBE_AFTER_MS = 30_000;
// A server tells its cursor for the campaign of the request with every answer, so what is older says little.
// The further it stands above, the longer it takes to come down to somebody.
const CURSOR_HOLDS_MS = 500;
const HOLDS_MS_A_LEVEL = 80;
// So many under way are not held against the others: the calls that a page begins with would keep each other back.
const FREE_UNDER_WAY = 10;

// The server had no room for them. What it decided about this person or this pool, it has taken and answered.
const NOT_ACCEPTED: ReadonlySet<string> = new Set<Outcome>(['TOO_HOT', 'TRY_LATER', 'INTERNAL']);

/** Whether an answer says that the server had room for the request. */
export function isAccepted(outcome: Outcome): boolean {
  return !NOT_ACCEPTED.has(outcome);
}

/**
 * Keeps requests back that a server would only refuse, as in "Handling Overload" of Google's SRE book: with the probability
 * (requests - k x accepts) / (requests + 1) over the last two minutes. What is kept goes to those of high priority first. Share one among the
 * clients of a process; it keeps servers apart by their base URL.
 */
export class AdaptiveThrottle {
  private readonly servers = new Map<string, ServerThrottle>();

  constructor(private readonly options: AdaptiveThrottleOptions = {}) {}

  of(baseUrl: string): ServerThrottle {
    const known = this.servers.get(baseUrl);
    if (known) return known;
    const made = new ServerThrottle(this.options);
    this.servers.set(baseUrl, made);
    return made;
  }
}

/** What was sent to a server within a part of the window. */
interface Slice {
  readonly no: number;
  /** By the priority's place in PRIORITIES. */
  readonly requests: number[];
  accepts: number;
}

interface Cursor {
  readonly level: number;
  readonly heardAtMs: number;
  /** About 1: those who hear it at the same moment do not all ask again at the same. */
  readonly spread: number;
}

/** The throttle towards one server. Instants are Caller.nowMs, but for those that say server time. */
export class ServerThrottle {
  private readonly k: number;
  private readonly sliceMs: number;
  private slices: Slice[] = [];
  private sentAtMs = -Infinity;
  private underWay = 0;
  /** By campaign, where not everybody is taken. */
  private readonly cursors = new Map<string, Cursor>();
  /** What is below the priority that a cursor stands in is refused in every campaign. */
  private common: Cursor = { level: 0, heardAtMs: -Infinity, spread: 1 };

  constructor({ k = 2, windowMs = 120_000 }: AdaptiveThrottleOptions = {}) {
    this.k = k;
    this.sliceMs = windowMs / SLICES;
  }

  /**
   * Counts a request before it is sent, and says whether it is to be: undefined, or in how many milliseconds at the earliest it may be tried again.
   * One that the cursor keeps back is not counted: it says nothing about whether the server will take the others. `random` is in [0, 1).
   */
  take(asking: Asking, nowMs: number, random: number): number | undefined {
    const belowForMs = this.belowCursorForMs(asking, nowMs);
    if (belowForMs !== undefined) return belowForMs;
    const share = this.refusedShare(asking.priority, nowMs);
    const slice = this.sliceAt(nowMs);
    const index = PRIORITIES.indexOf(asking.priority);
    slice.requests[index] = (slice.requests[index] ?? 0) + 1;
    if (random < share && nowMs - this.sentAtMs < PROBE_AFTER_MS) return 0;
    this.sentAtMs = nowMs;
    this.underWay += 1;
    return undefined;
  }

  /**
   * What became of a request that `take` let go; `accepted` undefined: no answer came. To be told after its cursor was heard. A refusal that the cursor
   * explains is not counted either: the cursor itself says for how long to stay away, and two minutes of shyness on top would leave a server that has opened
   * again without its people.
   */
  ended(asking: Asking, accepted: boolean | undefined, nowMs: number): void {
    this.underWay -= 1;
    if (accepted === true) this.sliceAt(nowMs).accepts += 1;
    else if (accepted === false && this.belowCursorForMs(asking, nowMs) !== undefined) {
      this.uncount(PRIORITIES.indexOf(asking.priority));
    }
  }

  /**
   * Takes in the `fg-cursor` of an answer to a request about this campaign; one that cannot be read, or none, is no cursor. `random` in [0, 1) spreads when
   * those who heard it at the same moment ask again.
   */
  heardCursor(text: string | undefined, nowMs: number, campaignId = '', random = 0.5): void {
    const level = text === undefined ? undefined : parseCursor(text);
    if (level === undefined) return;
    const heard = { heardAtMs: nowMs, spread: 0.75 + random / 2 };
    this.common = { ...heard, level: lowestLevel(priorityOf(level)) };
    if (level === 0) this.cursors.delete(campaignId);
    else this.cursors.set(campaignId, { ...heard, level });
  }

  /** The probability, from 0 to below 1, with which a request of this priority is kept back now; never more than for a lower priority. */
  refusedShare(priority: Priority, nowMs: number): number {
    this.forget(nowMs);
    const accepts = this.slices.reduce((sum, slice) => sum + slice.accepts, 0);
    const free = this.k * accepts + Math.min(this.underWay, FREE_UNDER_WAY);
    let requestsSoFar = 0;
    let share = 0;
    // What the server accepts is for the first priorities; the ones behind them get what is left.
    for (const [index, one] of PRIORITIES.entries()) {
      const requests = this.slices.reduce((sum, slice) => sum + (slice.requests[index] ?? 0), 0);
      requestsSoFar += requests;
      const excess = Math.min(requests, Math.max(0, requestsSoFar - free));
      share = Math.max(share, excess / (requests + 1));
      if (one === priority) break;
    }
    return share;
  }

  private belowCursorForMs(asking: Asking, nowMs: number): number | undefined {
    const { priority, isTopmost = false, userId, serverMs, campaignId = '' } = asking;
    if (isTopmost) return undefined;
    const own = shedLevel(priority, userId === undefined ? 0 : userLevel(userId, serverMs));
    const waitsMs = [this.cursors.get(campaignId), this.common].flatMap((cursor) => {
      if (cursor === undefined || own >= cursor.level) return [];
      const holdsMs = (CURSOR_HOLDS_MS + HOLDS_MS_A_LEVEL * Math.min(USER_LEVELS, cursor.level - own)) * cursor.spread;
      return cursor.heardAtMs + holdsMs > nowMs ? [cursor.heardAtMs + holdsMs - nowMs] : [];
    });
    return waitsMs.length === 0 ? undefined : Math.max(...waitsMs);
  }

  /** One request of that priority less: the last that was counted, maybe in a slice before this one. */
  private uncount(index: number): void {
    const slice = this.slices.findLast(({ requests }) => (requests[index] ?? 0) > 0);
    if (slice) slice.requests[index] = (slice.requests[index] ?? 0) - 1;
  }

  private sliceAt(nowMs: number): Slice {
    this.forget(nowMs);
    const no = Math.floor(nowMs / this.sliceMs);
    const last = this.slices.at(-1);
    if (last?.no === no) return last;
    const made: Slice = { no, requests: PRIORITIES.map(() => 0), accepts: 0 };
    this.slices.push(made);
    return made;
  }

  private forget(nowMs: number): void {
    const oldest = Math.floor(nowMs / this.sliceMs) - SLICES;
    if (this.slices.some(({ no }) => no <= oldest)) this.slices = this.slices.filter(({ no }) => no > oldest);
  }
}
