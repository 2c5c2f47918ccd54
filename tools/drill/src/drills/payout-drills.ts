import { type Plan } from '@floodgate/domain/degradation-plan';
import { crowd } from '../crowd';
import { type Drill, type Load, type Turn } from '../drill';
import { toPayout } from '../journeys';
import { inTier1 } from '../quiet-plan';
import { channelCalls, grantPackets, settledPayouts, untilFunded, work } from '../work';

const WINNERS = 150;

/** The channel of drills refuses 60 % of all attempts, so that there is something to try again. */
const payouts = work({
  pieces: WINNERS,
  lastsMs: 7_000,
  prepare: untilFunded,
  tell: grantPackets,
  done: settledPayouts,
  calls: channelCalls,
});

const watching = crowd({ journey: toPayout, people: WINNERS, overMs: 500, lastsMs: 9_000 });

/** Winners look for their money from the moment on at which they have won. */
const watchedPayouts: Load = {
  ...watching,
  prepare: untilFunded,
  run: async (scene) => {
    await grantPackets(scene, WINNERS);
    return watching.run(scene);
  },
};

/** At every tier, for it never asks more often at a higher one. */
const polledEvery =
  (pollIntervalMs: number): Turn =>
  (plan): Plan => ({
    ...plan,
    normal: { ...plan.normal, pollIntervalMs },
    tier1: { ...plan.tier1, pollIntervalMs },
    tier2: { ...plan.tier2, pollIntervalMs },
    tier3: { ...plan.tier3, pollIntervalMs },
  });

export const payoutDrills: readonly Drill[] = [
  {
    name: 'poll-interval',
    knobs: ['normal', 'tier1', 'tier2', 'tier3'].map((tier) => `${tier}.pollIntervalMs`),
    compares: `off: 250 ms; on: 1,500 ms. ${WINNERS} winners look whether their money has arrived, which takes seconds.`,
    reading: 'Requests fall with the interval. Each learns up to an interval later that it is there.',
    campaign: 'split',
    off: polledEvery(250),
    on: polledEvery(1_500),
    load: watchedPayouts,
  },
  {
    name: 'reissue',
    knobs: ['tier1.reissue'],
    compares:
      'off: the re-issue job tries refused payouts again, each second; on: it rests. The channel refuses 60 % of all attempts.',
    reading:
      'Calls of the channel and the ledger rest with it; who was refused is paid when tier 1 is over, and kept out here until then.',
    campaign: 'split',
    both: inTier1({ payoutQueued: true }),
    off: inTier1({ reissue: 'on' }),
    on: inTier1({ reissue: 'off' }),
    load: payouts,
  },
  {
    name: 'payout-queued',
    knobs: ['tier1.payoutQueued'],
    compares:
      'off: what the channel refuses is tried once more at once; on: it is queued. The re-issue job rests; the channel refuses 60 %.',
    reading:
      'One call of the channel for each that is refused; who would have been lucky the second time is paid later.',
    campaign: 'split',
    both: inTier1({ reissue: 'off' }),
    off: inTier1({ payoutQueued: false }),
    on: inTier1({ payoutQueued: true }),
    load: payouts,
  },
];
