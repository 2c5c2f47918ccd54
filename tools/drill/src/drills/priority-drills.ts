import { type Api, type Priority } from '@floodgate/domain/degradation-plan';
import { crowd, type Journey } from '../crowd';
import { type CampaignKind } from '../campaigns';
import { type Drill } from '../drill';
import { toCards, toDraw, toEntry, toGrab, toQualification, toRedeem, toTask, toVenue } from '../journeys';
import { all, clientDrop, prioritized, serverDrop } from '../quiet-plan';

/** Each priority has a share of its own, so that another priority is seen. */
const SHARES = { pay: 0, grab: 0.2, qualify: 0.4, browse: 0.8 };
const WINDOW_MS = 3_600_000;

interface Moved {
  readonly api: Exclude<Api, 'pay'>;
  readonly journey: Journey;
  readonly campaign: CampaignKind;
  readonly from: Priority;
  readonly to: Priority;
}

const MOVED: readonly Moved[] = [
  { api: 'venue', journey: toVenue, campaign: 'sale', from: 'browse', to: 'qualify' },
  { api: 'entry', journey: toEntry, campaign: 'sale', from: 'browse', to: 'qualify' },
  { api: 'task', journey: toTask, campaign: 'split', from: 'browse', to: 'qualify' },
  { api: 'draw', journey: toDraw, campaign: 'split', from: 'browse', to: 'qualify' },
  { api: 'cards', journey: toCards, campaign: 'split', from: 'browse', to: 'qualify' },
  { api: 'redeem', journey: toRedeem, campaign: 'split', from: 'qualify', to: 'browse' },
  { api: 'qualification', journey: toQualification, campaign: 'split', from: 'qualify', to: 'browse' },
  { api: 'grab', journey: toGrab, campaign: 'sale', from: 'grab', to: 'qualify' },
];

const BROWSING = { venue: 'browse', entry: 'browse', task: 'browse', draw: 'browse', cards: 'browse' } as const;

/** The venue and the entry are shed first, or with everything else that people do before they qualify. */
function moveOf({ api, to }: Moved) {
  const together = api === 'venue' || api === 'entry' ? Object.keys(BROWSING) : [api];
  return prioritized(Object.fromEntries(together.map((name) => [name, to])));
}

export const priorityDrills: readonly Drill[] = MOVED.map((moved) => {
  const { api, journey, campaign, from, to } = moved;
  const percent = (priority: Priority) => `${SHARES[priority] * 100} %`;
  return {
    name: `priority-${api}`,
    knobs: [`priorities.${api}`],
    compares: `off: ${from}, of which tier 3 drops ${percent(from)}; on: ${to}, ${percent(to)}.`,
    reading: 'What a priority moves is who is dropped: the share of the new one, in the SDK and in the gateway.',
    campaign,
    tier: { tier: 3 },
    both: all(serverDrop({ shares: SHARES, windowMs: WINDOW_MS }), clientDrop({ shares: SHARES, windowMs: WINDOW_MS })),
    on: moveOf(moved),
    load: crowd({ journey, people: 160, overMs: 2_000, lastsMs: 3_500 }),
  };
});
