import { COUNTERS, type Counter } from './counters';
import { describeFault, FAULT_KINDS, type FaultKind } from './plan/fault-plan';
import { type ScheduleResult } from './run-schedule';

/** The part of a schedule's result that the summary needs; the rest is large. */
export type ScheduleSummary = Pick<
  ScheduleResult,
  'seed' | 'wrong' | 'faults' | 'grants' | 'counters' | 'repliesLost' | 'tookMs'
>;

/** One line a schedule. */
export function scheduleLine({ seed, wrong, faults, grants, tookMs }: ScheduleSummary): string {
  const verdict = wrong.length === 0 ? 'ok    ' : 'FAILED';
  const what = faults.map(({ plan }) => describeFault(plan)).join(', ');
  return `${verdict} seed ${seed}  ${(tookMs / 1000).toFixed(1)} s  ${grants} grants  ${what}`;
}

/** What a run came to. */
export function summary(results: readonly ScheduleSummary[]): string {
  const failed = results.filter(({ wrong }) => wrong.length > 0);
  const seconds = results.map(({ tookMs }) => tookMs / 1000).sort((one, other) => one - other);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const counted = (name: Counter) => sum(results.map(({ counters }) => counters.get(name) ?? 0));
  const median = seconds[Math.floor(seconds.length / 2)] ?? 0;
  return [
    '',
    ...FAULT_KINDS.map((kind) => `${kind.padEnd(13)} ${kindLine(results, kind)}`),
    `grants        ${sum(results.map(({ grants }) => grants))}`,
    `replies lost  ${sum(results.map(({ repliesLost }) => repliesLost))}`,
    ...COUNTERS.map((name) => `${COUNTER_TITLES[name].padEnd(13)} ${counted(name)}`),
    `seconds       ${median.toFixed(1)} a schedule (median), ${(seconds.at(-1) ?? 0).toFixed(1)} at most`,
    '',
    `${results.length - failed.length} schedules passed, ${failed.length} failed`,
  ].join('\n');
}

const COUNTER_TITLES: Readonly<Record<Counter, string>> = {
  floodgate_inventory_shard_loads_total: 'shard loads',
  floodgate_inventory_loads_with_proposals_total: 'with proposals in flight',
  floodgate_inventory_moves_total: 'moves',
};

function kindLine(results: readonly ScheduleSummary[], kind: FaultKind): string {
  const faults = results.map(({ faults: runs }) => runs.filter(({ plan }) => plan.kind === kind).length);
  const schedules = faults.filter((count) => count > 0).length;
  return `${faults.reduce((total, count) => total + count, 0)} in ${schedules} schedules`;
}
