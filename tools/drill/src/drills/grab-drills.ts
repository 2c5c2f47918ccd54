import { crowd } from '../crowd';
import { solveAsADevice } from '../device';
import { type Drill } from '../drill';
import { toGrab, toGrabEachRound } from '../journeys';
import { all, capped, inTier1, room } from '../quiet-plan';

const CAP_PER_SECOND = 25;
const HOUR_MS = 3_600_000;

const grabs = crowd({ journey: toGrab, people: 200, overMs: 2_000, lastsMs: 4_000 });
const waiting = crowd({ journey: toGrab, people: 160, overMs: 1_000, lastsMs: 8_000 });

export const grabDrills: readonly Drill[] = [
  {
    name: 'challenge',
    knobs: ['tier1.challenge', 'tier2.challenge'],
    compares:
      'off: 150 people grab at once; on: each must solve a proof of work, 2 s on average on a device of their own (simulated; its luck is real).',
    reading:
      'One request more to be given a challenge and one with its solution, but grabs come spread: look at those let through in the busiest 100 ms.',
    campaign: 'sale',
    tier: { tier: 2 },
    on: (plan) => ({
      ...plan,
      tier1: { ...plan.tier1, challenge: 'on' },
      tier2: { ...plan.tier2, challenge: 'on' },
    }),
    load: crowd({
      journey: toGrab,
      people: 150,
      overMs: 100,
      lastsMs: 9_000,
      options: { solveChallenge: solveAsADevice },
    }),
  },
  {
    name: 'lottery-share',
    knobs: ['tier1.lottery.drawnShare'],
    compares: 'off: everybody may grab; on: half of the people are drawn.',
    reading:
      'Who is not drawn is refused before any work, and told so: the work behind the gateway falls as the share does.',
    campaign: 'sale',
    on: inTier1({ lottery: { drawnShare: 0.5, roundMs: HOUR_MS } }),
    load: grabs,
  },
  {
    name: 'lottery-round',
    knobs: ['tier1.lottery.roundMs'],
    compares: 'off: half are drawn anew each second; on: each 4 s. Who is not drawn comes again with the next round.',
    reading: 'Longer rounds: fewer come again in vain, and who is not drawn waits longer.',
    campaign: 'sale',
    off: inTier1({ lottery: { drawnShare: 0.5, roundMs: 1_000 } }),
    on: inTier1({ lottery: { drawnShare: 0.5, roundMs: 4_000 } }),
    load: crowd({ journey: toGrabEachRound, people: 200, overMs: 2_000, lastsMs: 8_000 }),
  },
  {
    name: 'room',
    knobs: ['tier1.room.open'],
    compares: `off: who is above the cap of ${CAP_PER_SECOND} grabs a second asks again; on: they wait in the room. 160 come within 1 s.`,
    reading:
      'Ticket, pass and looks at the serving number against grabs in vain: the room is first come first served, and says where one stands.',
    campaign: 'sale',
    both: capped({ grab: CAP_PER_SECOND }),
    on: room({ open: 'on' }),
    load: waiting,
  },
  {
    name: 'room-rate',
    knobs: ['tier1.room.perSecond'],
    compares: `off: the room lets out 60 a second; on: 15. The cap is ${CAP_PER_SECOND} grabs a second without a ticket.`,
    reading: 'Set it to what the services behind can take: slower only keeps people waiting.',
    campaign: 'sale',
    both: all(capped({ grab: CAP_PER_SECOND }), room({ open: 'on' })),
    off: room({ perSecond: 60 }),
    on: room({ perSecond: 15 }),
    load: waiting,
  },
  {
    name: 'room-early',
    knobs: ['tier1.room.beforeMs'],
    compares: `off: the room opens at T0; on: before. 160 people come over 1 s, 3 s before T0; the cap is ${CAP_PER_SECOND} grabs a second.`,
    reading:
      'Waits include the 3 s until T0. Who is in the room by T0 has joined it over those 3 s, not all at T0; places are shuffled.',
    campaign: 'sale-ahead',
    both: all(capped({ grab: CAP_PER_SECOND }), room({ open: 'on' })),
    off: room({ beforeMs: 0 }),
    on: room({ beforeMs: HOUR_MS }),
    load: crowd({ journey: toGrab, people: 160, overMs: 1_000, lastsMs: 11_000 }),
  },
];
