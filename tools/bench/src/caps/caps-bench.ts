import { setTimeout as sleep } from 'node:timers/promises';
import { type CapMode } from '@floodgate/nest-kit';
import { type Bench, type BenchContext, type Contender, type Measurement, type PreparedBench } from '../bench';
import { type RowSpec } from '../rows';
import { bucketErrors } from './bucket-errors';
import { CapCrowd, ROUND_MS } from './cap-crowd';

const MODES: readonly CapMode[] = ['share', 'bucket'];

const PER_SECOND = 20_000;
const INSTANCES = 4;
/** Any two of them alone would use the cap up. */
const ASKED_PER_SECOND = 20_000;
const STEP_MS = 1_500;

/** A cap over all instances while they come, leave and die: how far each 100 ms is off it. */
export const capsBench: Bench = {
  name: 'caps',
  summary: 'a cap that instances keep together while they come and go, both ways: the error of each 100 ms',
  minutes: 5,
  rows,
  prepare,
};

function rows(): RowSpec[] {
  return MODES.flatMap((mode): RowSpec[] => {
    const ours = (figure: string) => ({ ours: { contender: mode, figure } });
    return [
      {
        name: `${mode}: above the cap, worst bucket`,
        unit: '%',
        ...ours('abovePercent'),
        toReach: { of: 'ours', atMost: 2 },
      },
      {
        name: `${mode}: below the cap, worst bucket`,
        unit: '%',
        ...ours('belowPercent'),
        toReach: { of: 'ours', atMost: 5 },
      },
      { name: `${mode}: below the cap, two TTLs after an instance died`, unit: '%', ...ours('belowExcusedPercent') },
      { name: `${mode}: buckets judged`, unit: '', ...ours('judged') },
      { name: `${mode}: time for a decision`, unit: 'us', ...ours('decisionUs') },
    ];
  });
}

function prepare(context: BenchContext): Promise<PreparedBench> {
  const contenders = MODES.map((mode): Contender => ({
    name: mode,
    measure: (round) => measure(context, mode, round),
  }));
  return Promise.resolve({
    contenders,
    audit: () =>
      Promise.resolve({ ok: true, detail: 'nothing is kept that could be audited: every decision is counted' }),
    close: () => Promise.resolve(),
  });
}

/** One comes, one leaves, one dies, in turn. */
async function measure(
  { environment, options, runId }: BenchContext,
  mode: CapMode,
  round: number,
): Promise<Measurement> {
  const crowd = new CapCrowd({
    mode,
    group: `${runId}-${mode}-${round}`,
    redisUrl: environment.redisUrl,
    perSecond: PER_SECOND,
    askedPerSecond: ASKED_PER_SECOND,
  });
  try {
    for (let i = 0; i < INSTANCES; i += 1) await crowd.join();
    crowd.start();
    await sleep(4 * ROUND_MS);
    crowd.forget();
    const steps = Math.max(6, Math.round((options.seconds * 1_000) / STEP_MS));
    for (let step = 0; step < steps; step += 1) {
      const what = step % 3;
      if (what === 0 || crowd.size < 3) await crowd.join();
      else if (what === 1) await crowd.leave(step);
      else crowd.crash(step);
      await sleep(STEP_MS);
    }
  } finally {
    await crowd.stop();
  }
  const errors = bucketErrors(crowd.counts(), PER_SECOND / 10, crowd.excused);
  return { sample: { ...errors, decisionUs: crowd.decisionUs }, errors: {} };
}
