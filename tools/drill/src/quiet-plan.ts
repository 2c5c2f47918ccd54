import {
  type ConsumerLimits,
  type Plan,
  REFERENCE_PLAN,
  type SlowedConsumer,
} from '@floodgate/domain/degradation-plan';
import { type Turn } from './drill';
import { type Moment } from './moment';

const NO_CAPS = { venue: null, qualification: null, grab: null };
const NOBODY = { pay: 0, grab: 0, qualify: 0, browse: 0 };
const HOUR_MS = 3_600_000;
const POLL_INTERVAL_MS = 250;
/** Longer than any drill, and such that nobody who is dropped comes back within one. */
const WINDOW_MS = HOUR_MS;

/** The reference plan with every knob where it does nothing, so that a drill turns its own and no other. */
export function quietPlan({ comesAtMs, t0Ms }: Moment): Plan {
  const { tier1, tier2, tier3, normal } = REFERENCE_PLAN;
  return {
    ...REFERENCE_PLAN,
    title: 'a drill',
    rampDownMs: 0,
    normal: { ...normal, pollIntervalMs: POLL_INTERVAL_MS },
    tier1: {
      ...tier1,
      entry: {
        offsetMs: Math.round(comesAtMs - t0Ms) - 1_000,
        releaseOverMs: 0,
        countdown: true,
        hiddenFromSignedOut: false,
      },
      caps: NO_CAPS,
      reissue: 'on',
      payoutQueued: false,
      pageReduced: false,
      lottery: { drawnShare: 1, roundMs: WINDOW_MS },
      pollIntervalMs: POLL_INTERVAL_MS,
    },
    tier2: { ...tier2, serverDrop: { shares: NOBODY, windowMs: WINDOW_MS }, pollIntervalMs: POLL_INTERVAL_MS },
    tier3: { ...tier3, clientDrop: { shares: NOBODY, windowMs: WINDOW_MS }, pollIntervalMs: POLL_INTERVAL_MS },
  };
}

export const inTier1 =
  (fields: Partial<Plan['tier1']>): Turn =>
  (plan) => ({ ...plan, tier1: { ...plan.tier1, ...fields } });

/** `fields` of the moment. */
export const entry =
  (fields: (moment: Moment) => Partial<Plan['tier1']['entry']>): Turn =>
  (plan, moment) => ({
    ...plan,
    tier1: { ...plan.tier1, entry: { ...plan.tier1.entry, ...fields(moment) } },
  });

export const room =
  (fields: Partial<Plan['tier1']['room']>): Turn =>
  (plan) => ({ ...plan, tier1: { ...plan.tier1, room: { ...plan.tier1.room, ...fields } } });

/** In tier 1 and without: tier 1 never admits more than normal. */
export const capped =
  (caps: Partial<Plan['normal']['caps']>): Turn =>
  (plan) => ({
    ...plan,
    normal: { ...plan.normal, caps: { ...plan.normal.caps, ...caps } },
    tier1: { ...plan.tier1, caps: { ...plan.tier1.caps, ...caps } },
  });

export const slowed =
  (consumer: SlowedConsumer, limit: Partial<ConsumerLimits[SlowedConsumer]>): Turn =>
  (plan) => {
    const consumers = (limits: ConsumerLimits) => ({ ...limits, [consumer]: { ...limits[consumer], ...limit } });
    return {
      ...plan,
      normal: { ...plan.normal, consumers: consumers(plan.normal.consumers) },
      tier1: { ...plan.tier1, consumers: consumers(plan.tier1.consumers) },
    };
  };

export const serverDrop =
  (fields: Partial<Plan['tier2']['serverDrop']>): Turn =>
  (plan) => ({ ...plan, tier2: { ...plan.tier2, serverDrop: { ...plan.tier2.serverDrop, ...fields } } });

export const clientDrop =
  (fields: Partial<Plan['tier3']['clientDrop']>): Turn =>
  (plan) => ({ ...plan, tier3: { ...plan.tier3, clientDrop: { ...plan.tier3.clientDrop, ...fields } } });

export const prioritized =
  (priorities: Partial<Plan['priorities']>): Turn =>
  (plan) => ({ ...plan, priorities: { ...plan.priorities, ...priorities } });

/** One turn after the other. */
export const all =
  (...turns: readonly Turn[]): Turn =>
  (plan, moment) =>
    turns.reduce((turned, turn) => turn(turned, moment), plan);
