import { type ConsumerLimits, type Plan } from './plan';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const REFERENCE_CAP = 1_000_000;

const UNLIMITED = { eventsPerSecond: null, concurrency: null };
const AT_FULL_SPEED: ConsumerLimits = { payout: UNLIMITED, income: UNLIMITED, 'spent-qualifications': UNLIMITED };

/** The plan that holds until an operator publishes another, and the template of those: the reference event's figures. */
export const REFERENCE_PLAN: Plan = {
  title: 'reference plan',
  rampDownMs: MINUTE_MS,
  manualTtlMs: 15 * MINUTE_MS,
  priorities: {
    venue: 'browse',
    entry: 'browse',
    task: 'browse',
    draw: 'browse',
    cards: 'browse',
    redeem: 'qualify',
    qualification: 'qualify',
    grab: 'grab',
    pay: 'pay',
  },
  normal: {
    pollIntervalMs: 3 * SECOND_MS,
    caps: { venue: null, qualification: null, grab: null },
    consumers: AT_FULL_SPEED,
  },
  tier1: {
    beforeMs: 5 * MINUTE_MS,
    afterMs: 5 * MINUTE_MS,
    entry: { offsetMs: 0, releaseOverMs: MINUTE_MS, countdown: true, hiddenFromSignedOut: true },
    caps: { venue: REFERENCE_CAP, qualification: REFERENCE_CAP, grab: REFERENCE_CAP },
    room: { open: 'off', beforeMs: 5 * MINUTE_MS, perSecond: null },
    participateStatus: 'on',
    reissue: 'off',
    payoutQueued: true,
    pageReduced: true,
    challenge: 'off',
    lottery: { drawnShare: 1, roundMs: 5 * MINUTE_MS },
    consumers: AT_FULL_SPEED,
    pollIntervalMs: 3 * SECOND_MS,
  },
  tier2: {
    serverDrop: { shares: { pay: 0, grab: 0.3, qualify: 0.5, browse: 0.5 }, windowMs: 2 * MINUTE_MS },
    challenge: 'off',
    pollIntervalMs: 5 * SECOND_MS,
  },
  tier3: {
    clientDrop: { shares: { pay: 0, grab: 0.3, qualify: 0.5, browse: 0.5 }, windowMs: 2 * MINUTE_MS },
    pollIntervalMs: 10 * SECOND_MS,
  },
};
