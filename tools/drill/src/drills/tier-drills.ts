import { crowd } from '../crowd';
import { type Drill, type Turn } from '../drill';
import { toCards, toVenue } from '../journeys';
import { inTier1, serverDrop } from '../quiet-plan';

const HOUR_MS = 3_600_000;
/** Less than what comes, so that tier 1 is seen. */
const VENUE_PER_SECOND = 25;
const SHARES = { pay: 0, grab: 0.8, qualify: 0.8, browse: 0.8 };

const venue = crowd({ journey: toVenue, people: 320, overMs: 4_000, lastsMs: 6_000 });
const cards = crowd({ journey: toCards, people: 320, overMs: 4_000, lastsMs: 6_000 });

/** Tier 1 does one thing: it caps the venue. */
const venueCapped = inTier1({ caps: { venue: VENUE_PER_SECOND, qualification: null, grab: null } });

/** Tier 2 drops most, who may look again each second. */
const mostDropped = serverDrop({ shares: SHARES, windowMs: 1_000 });

/** Tier 1 ends so long after people begin to come. */
const endsAfter =
  (ms: number): Turn =>
  (plan, moment) =>
    inTier1({ afterMs: Math.max(0, Math.round(moment.comesAtMs - moment.t0Ms) + ms) })(plan, moment);

/** A tier set by hand lasts until so long after people begin to come. */
const lastsUntil =
  (ms: number): Turn =>
  (plan, { nowMs, comesAtMs }) => ({ ...plan, manualTtlMs: Math.round(comesAtMs - nowMs) + ms });

export const tierDrills: readonly Drill[] = [
  {
    name: 'tier-1-before',
    knobs: ['tier1.beforeMs'],
    compares: `off: tier 1 has not come yet; on: it is there an hour earlier. It caps the venue at ${VENUE_PER_SECOND} a second.`,
    reading: 'What tier 1 does, it does so much longer: each second of it costs what its other knobs cost a second.',
    campaign: 'sale-later',
    both: venueCapped,
    off: inTier1({ beforeMs: 0 }),
    on: inTier1({ beforeMs: 2 * HOUR_MS }),
    load: venue,
  },
  {
    name: 'tier-1-after',
    knobs: ['tier1.afterMs'],
    compares: `off: tier 1 ends 1 s after people begin to come, on: 5 s after. It caps the venue at ${VENUE_PER_SECOND} a second.`,
    reading: 'Who was told to wait comes when it ends, all together: end it when that crowd is small.',
    campaign: 'sale',
    both: venueCapped,
    off: endsAfter(1_000),
    on: endsAfter(5_000),
    load: venue,
  },
  {
    name: 'ramp-down',
    knobs: ['rampDownMs'],
    compares:
      'off: tier 2 ends at once, 1 s after people begin to come; on: it ramps down over 4 s. It drops 80 %, who look again each second.',
    reading: 'Those who were dropped come back in parts, not in one second; the last of them wait that much longer.',
    campaign: 'split',
    tier: { tier: 2, ttlMs: ({ nowMs, comesAtMs }) => comesAtMs - nowMs + 1_000 },
    both: mostDropped,
    on: (plan) => ({ ...plan, rampDownMs: 4_000 }),
    load: cards,
  },
  {
    name: 'manual-time',
    knobs: ['manualTtlMs'],
    compares:
      'off: tier 2, set by hand without saying for how long, ends 1 s after people begin to come; on: 5 s after. It drops 80 %.',
    reading: 'Nobody thinks of ending it: the longer it lasts by itself, the more people a forgotten tier keeps out.',
    campaign: 'split',
    tier: { tier: 2 },
    both: mostDropped,
    off: lastsUntil(1_000),
    on: lastsUntil(5_000),
    load: cards,
  },
];
