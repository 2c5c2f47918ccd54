import { type CappedApi } from '@floodgate/domain/degradation-plan';
import { crowd, type Journey } from '../crowd';
import { type CampaignKind } from '../campaigns';
import { type Drill } from '../drill';
import { toGrab, toQualification, toVenue } from '../journeys';
import { capped } from '../quiet-plan';

const PER_SECOND = 25;
const PEOPLE = 240;
const OVER_MS = 3_000;

const CAPS: Readonly<Record<CappedApi, readonly [journey: Journey, campaign: CampaignKind, reading: string]>> = {
  venue: [
    toVenue,
    'sale',
    'The venue comes from memory: a cap saves little here, and more where an edge asks the gateway.',
  ],
  qualification: [
    toQualification,
    'split',
    'Each read of a qualification is a call and a statement; above the cap it is neither.',
  ],
  grab: [toGrab, 'sale', 'With the room closed, who is above the cap is told when to ask again, and asks again.'],
};

export const capDrills: readonly Drill[] = Object.entries(CAPS).map(([api, [journey, campaign, reading]]) => ({
  name: `cap-${api}`,
  knobs: [`normal.caps.${api}`, `tier1.caps.${api}`],
  compares: `off: no cap; on: ${PER_SECOND} a second. ${PEOPLE / (OVER_MS / 1_000)} a second come for ${OVER_MS / 1_000} s.`,
  reading,
  campaign,
  on: capped({ [api]: PER_SECOND }),
  load: crowd({ journey, people: PEOPLE, overMs: OVER_MS, lastsMs: 6_000 }),
}));
