import { type Plan, PRIORITIES, type Priority } from '@floodgate/domain/degradation-plan';
import { crowd, type Journey } from '../crowd';
import { type CampaignKind } from '../campaigns';
import { type Drill, type Turn } from '../drill';
import { toCards, toGrab, toPay, toQualification } from '../journeys';
import { clientDrop, serverDrop } from '../quiet-plan';

type DropSpec = Plan['tier2']['serverDrop'];

interface Place {
  readonly name: string;
  readonly path: string;
  readonly tier: 2 | 3;
  readonly who: string;
  readonly turn: (fields: Partial<DropSpec>) => Turn;
  readonly reading: string;
}

const SHARE = 0.5;
const HOUR_MS = 3_600_000;

const PLACES: readonly Place[] = [
  {
    name: 'server-drop',
    path: 'tier2.serverDrop',
    tier: 2,
    who: 'the gateway',
    turn: serverDrop,
    reading: 'A dropped request still costs its refusal; what is behind the gateway is spared all of it.',
  },
  {
    name: 'client-drop',
    path: 'tier3.clientDrop',
    tier: 3,
    who: 'the SDK',
    turn: clientDrop,
    reading: 'What is dropped never leaves the page, so the gateway is spared the refusal too.',
  },
];

const WANTS: Readonly<Record<Priority, readonly [journey: Journey, campaign: CampaignKind, what: string]>> = {
  pay: [toPay, 'sale', 'pay'],
  grab: [toGrab, 'sale', 'grab'],
  qualify: [toQualification, 'split', 'read their qualification'],
  browse: [toCards, 'split', 'look at their cards'],
};

const PAID_ALL_THE_SAME =
  'Nothing is saved and nobody kept out, whatever it says: a payment passes no drop, in the gateway and in the SDK. ' +
  'priorities.pay has one value, pay; a plan with another is refused.';

/** Nothing is dropped before what is sheddable sooner, so those have the same share. */
function sharesFrom(priority: Priority): DropSpec['shares'] {
  const from = PRIORITIES.indexOf(priority);
  const share = (one: Priority) => (PRIORITIES.indexOf(one) >= from ? SHARE : 0);
  return { pay: share('pay'), grab: share('grab'), qualify: share('qualify'), browse: share('browse') };
}

function shareDrill({ name, path, tier, who, turn, reading }: Place, priority: Priority): Drill {
  const [journey, campaign, what] = WANTS[priority];
  const knob = `${path}.shares.${priority}`;
  return {
    name: `${name}-${priority}`,
    knobs: priority === 'pay' && tier === 2 ? [knob, 'priorities.pay'] : [knob],
    compares: `off: nobody is dropped; on: ${who} drops half of those who want to ${what}.`,
    reading: priority === 'pay' ? PAID_ALL_THE_SAME : reading,
    campaign,
    tier: { tier },
    on: turn({ shares: sharesFrom(priority), windowMs: HOUR_MS }),
    load: crowd({ journey, people: 200, overMs: 2_000, lastsMs: 4_000 }),
  };
}

function windowDrill({ name, path, tier, who, turn }: Place): Drill {
  const shares = sharesFrom('browse');
  return {
    name: `${name}-window`,
    knobs: [`${path}.windowMs`],
    compares: `off: ${who} drops another half of the people each second; on: each 4 s. Who is dropped looks again when told.`,
    reading:
      'A longer window: fewer come back in vain, and journeys of many steps get through; who is dropped waits longer.',
    campaign: 'split',
    tier: { tier },
    off: turn({ shares, windowMs: 1_000 }),
    on: turn({ shares, windowMs: 4_000 }),
    load: crowd({ journey: toCards, people: 200, overMs: 2_000, lastsMs: 8_000 }),
  };
}

export const dropDrills: readonly Drill[] = PLACES.flatMap((place) => [
  ...PRIORITIES.map((priority) => shareDrill(place, priority)),
  windowDrill(place),
]);
