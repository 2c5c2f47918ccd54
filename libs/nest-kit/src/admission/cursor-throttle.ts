import { parseCursor } from '@floodgate/domain/degradation-plan';
import { NO_CAMPAIGN } from './campaign-loads';

/** On every answer, as a header of HTTP or metadata of gRPC: the lowest level that the server now takes of the campaign that was asked about (formatCursor). */
export const CURSOR_HEADER = 'fg-cursor';

export interface CursorThrottleOptions {
  /** For so long a cursor holds without being told again. */
  readonly freshMs?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

const FRESH_MS = 1_000;
const PROBE_EVERY_MS = 100;
/** As many campaigns as a server tells apart, and some that it has just forgotten. */
const CAMPAIGNS_MAX = 64;

/** What was last heard of a campaign. */
interface Heard {
  cursor: number;
  heardAt: number;
  probedAt: number;
}

/**
 * The caller's side of a cursor: what the server would refuse is refused here, for nothing. A cursor that has not been heard of for a while is asked
 * about by one request at a time, because all at once would be the load again that moved it.
 */
export class CursorThrottle {
  private readonly freshMs: number;
  private readonly now: () => number;
  // Only where not everybody is taken.
  private readonly campaigns = new Map<string, Heard>();

  constructor({ freshMs = FRESH_MS, now = () => performance.now() }: CursorThrottleOptions = {}) {
    this.freshMs = freshMs;
    this.now = now;
  }

  /** Takes in what an answer to a request about this campaign said. Anything but a cursor says nothing. */
  heard(text: string | undefined, campaignId = NO_CAMPAIGN): void {
    const cursor = text === undefined ? undefined : parseCursor(text);
    if (cursor === undefined) return;
    const known = this.campaigns.get(campaignId);
    if (cursor === 0) this.campaigns.delete(campaignId);
    else if (known === undefined) this.keep(campaignId, { cursor, heardAt: this.now(), probedAt: -Infinity });
    else {
      known.cursor = cursor;
      known.heardAt = this.now();
    }
  }

  /** Whether to refuse a request of this level instead of sending it. */
  refuses(level: number, campaignId = NO_CAMPAIGN): boolean {
    const known = this.campaigns.get(campaignId);
    if (known === undefined || level >= known.cursor) return false;
    const now = this.now();
    if (now - known.heardAt < this.freshMs || now - known.probedAt < PROBE_EVERY_MS) return true;
    known.probedAt = now;
    return false;
  }

  private keep(campaignId: string, heard: Heard): void {
    const [first] = this.campaigns.keys();
    if (this.campaigns.size >= CAMPAIGNS_MAX && first !== undefined) this.campaigns.delete(first);
    this.campaigns.set(campaignId, heard);
  }
}
