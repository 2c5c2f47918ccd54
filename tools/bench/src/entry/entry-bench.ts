import { type Bench, type BenchContext, type PreparedBench } from '../bench';
import { type RowSpec } from '../rows';
import { measureAmplification } from './everything-fails';
import { measureJourneys } from './journeys';
import { measureRelease } from './release';

const RELEASE = 'release';
const FAILING = 'everything fails';
const SHEDDING = 'half is shed';

const PEOPLE = 400_000;
const PAGES = 2_000;
const TRAVELLERS = 10_000;

/** What the SDK does with the load of a crowd. Everybody is a client of their own on a clock of their own: nothing is measured but decisions. */
export const entryBench: Bench = {
  name: 'entry',
  summary:
    'the SDK of simulated people: the release of the entry, retries while everything fails, journeys while half is shed',
  minutes: 10,
  rows,
  prepare,
};

function rows(): RowSpec[] {
  const row = (name: string, unit: string, contender: string, figure: string): RowSpec => ({
    name,
    unit,
    ours: { contender, figure },
  });
  return [
    row('people who enter', '', RELEASE, 'people'),
    {
      ...row('entry release: worst second off schedule, of 60', 'share', RELEASE, 'worstSecondOff'),
      toReach: { of: 'ours', atMost: 0.05 },
    },
    { ...row('entries outside the release', '', RELEASE, 'outside'), toReach: { of: 'ours', exactly: 0 } },
    {
      ...row('requests for each, everything failing: retry budget alone', '', FAILING, 'sentForEach'),
      toReach: { of: 'ours', atMost: 1.1 },
    },
    row('requests for each, everything failing: throttle too', '', FAILING, 'sentForEachThrottled'),
    row('journeys completed, half shed by plan', 'share', SHEDDING, 'planned'),
    row('journeys completed, half shed at random', 'share', SHEDDING, 'random'),
    {
      ...row('journeys by plan against at random', 'times', SHEDDING, 'times'),
      toReach: { of: 'ours', atLeast: 4 },
    },
    row('the same of people who never ask twice', 'times', SHEDDING, 'timesOnce'),
  ];
}

function prepare({ options, runId }: BenchContext): Promise<PreparedBench> {
  const sized = (count: number) => Math.max(100, Math.round(count * options.size));
  const measured = async (sample: ReturnType<typeof measureRelease>) => ({ sample: await sample, errors: {} });
  return Promise.resolve({
    contenders: [
      { name: RELEASE, measure: (round) => measured(measureRelease(sized(PEOPLE), `${runId}-${round}`)) },
      { name: FAILING, measure: (round) => measured(measureAmplification(sized(PAGES), round)) },
      { name: SHEDDING, measure: (round) => measured(measureJourneys(sized(TRAVELLERS), round)) },
    ],
    audit: () => Promise.resolve({ ok: true, detail: 'everybody is simulated: there is nothing in the stores' }),
    close: () => Promise.resolve(),
  });
}
