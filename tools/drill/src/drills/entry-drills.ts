import { crowd } from '../crowd';
import { type Drill } from '../drill';
import { pastTheEntry, toEntry, toEntryByCountdown, wholePage } from '../journeys';
import { entry, inTier1 } from '../quiet-plan';

const PEOPLE = 200;
const RELEASE_MS = 4_000;
const OFFSET_MS = 2_000;

/** The release begins so long after people begin to come. */
const releasedFrom = (ms: number, releaseOverMs: number) =>
  entry(({ comesAtMs, t0Ms }) => ({ offsetMs: Math.round(comesAtMs - t0Ms) + ms, releaseOverMs }));

const rush = { people: PEOPLE, overMs: 500, lastsMs: 6_000 };

export const entryDrills: readonly Drill[] = [
  {
    name: 'entry-release',
    knobs: ['tier1.entry.releaseOverMs'],
    compares: `off: everybody at once; on: over ${RELEASE_MS / 1_000} s. ${PEOPLE} people press the entry within half a second.`,
    reading:
      'The same requests, spread: look at the busiest 100 ms. Each waits for a moment of their own, half of the release on average.',
    campaign: 'sale',
    off: releasedFrom(0, 0),
    on: releasedFrom(0, RELEASE_MS),
    load: crowd({ ...rush, journey: toEntry }),
  },
  {
    name: 'entry-offset',
    knobs: ['tier1.entry.offsetMs'],
    compares: `off: the release, over 1 s, begins when people come; on: ${OFFSET_MS / 1_000} s later.`,
    reading:
      'Saves no request: it moves the entry away from the moment of the grabs. Everybody waits that much longer.',
    campaign: 'sale',
    off: releasedFrom(0, 1_000),
    on: releasedFrom(OFFSET_MS, 1_000),
    load: crowd({ ...rush, journey: toEntry }),
  },
  {
    name: 'entry-countdown',
    knobs: ['tier1.entry.countdown'],
    compares: `off: the countdown is to T0; on: to each one's own moment in a release over ${RELEASE_MS / 1_000} s. They press when it is over.`,
    reading:
      'Saves no request, for the SDK holds them back in both cases; it costs nothing and takes the wait after pressing away.',
    campaign: 'sale',
    both: releasedFrom(0, RELEASE_MS),
    off: entry(() => ({ countdown: false })),
    on: entry(() => ({ countdown: true })),
    load: crowd({ ...rush, journey: toEntryByCountdown }),
  },
  {
    name: 'entry-hidden',
    knobs: ['tier1.entry.hiddenFromSignedOut'],
    compares: 'off: people who are not signed in see the entry and press it; on: their page shows none.',
    reading:
      'They could not come in anyway; what is saved is their requests, what it costs them is to see that there is an entry.',
    campaign: 'sale',
    off: entry(() => ({ hiddenFromSignedOut: false })),
    on: entry(() => ({ hiddenFromSignedOut: true })),
    load: crowd({ journey: pastTheEntry, people: 300, overMs: 3_000, lastsMs: 4_000, signedOut: true }),
  },
  {
    name: 'page-reduced',
    knobs: ['tier1.pageReduced'],
    compares:
      'off: a page asks for venue, cards and qualification; on: the venue says that it is reduced, and the page asks for nothing else.',
    reading: 'The calls behind the gateway fall away with what the page does not show.',
    campaign: 'split',
    on: inTier1({ pageReduced: true }),
    load: crowd({ journey: wholePage, people: 210, overMs: 3_000, lastsMs: 5_000 }),
  },
  {
    name: 'participate-status',
    knobs: ['tier1.participateStatus'],
    compares: 'off: the entry asks ParticipateStatus for each who comes in; on: it does not.',
    reading:
      'One call and its statements an entry; people come in all the same, without being shown what they have done.',
    campaign: 'split',
    both: releasedFrom(-1_000, 0),
    on: inTier1({ participateStatus: 'off' }),
    load: crowd({ journey: toEntry, people: 210, overMs: 3_000, lastsMs: 5_000 }),
  },
];
