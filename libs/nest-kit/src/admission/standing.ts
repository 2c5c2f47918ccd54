import { formatCursor, parseCursor, SHED_LEVELS } from '@floodgate/domain/degradation-plan';
import { NO_CAMPAIGN } from './campaign-loads';

/** Where a request stands when a server is too hot. It travels with the calls that the request makes. */
export interface Standing {
  /** See shedLevel. */
  readonly level: number;
  /** Empty when it is about none. */
  readonly campaignId: string;
}

/** In the metadata of a gRPC call: its level, as a cursor is written, and its campaign. */
export const LEVEL_KEY = 'fg-level';
export const CAMPAIGN_KEY = 'fg-campaign';

/** Of what nobody asked for but the platform itself: it is refused last. There is little of it, and much depends on it. */
const OWN: Standing = { level: SHED_LEVELS - 1, campaignId: NO_CAMPAIGN };

/** What is known of a call by its metadata. */
export function standingOf(read: (key: string) => string | undefined): Standing {
  const level = parseCursor(read(LEVEL_KEY) ?? '');
  return level === undefined ? OWN : { level, campaignId: read(CAMPAIGN_KEY) ?? NO_CAMPAIGN };
}

// A cursor is told with every answer, and a level with every call.
const TEXTS = Array.from({ length: SHED_LEVELS }, (_, level) => formatCursor(level));

/** formatCursor, without making the text anew. */
export function cursorText(level: number): string {
  return TEXTS[level] ?? formatCursor(level);
}

const POLL_AFTER_MIN_MS = 1_000;
const POLL_AFTER_STEP_MS = 250;

/** After how many ways of waiting those who are refused at the same moment come back. */
export const POLL_AFTERS = 8;

/** When to come back after TOO_HOT, in milliseconds: not all at the same moment. */
export function pollAfterMsOf(level: number): number {
  return POLL_AFTER_MIN_MS + (level % POLL_AFTERS) * POLL_AFTER_STEP_MS;
}
