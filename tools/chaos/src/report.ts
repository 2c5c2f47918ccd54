import { COUNTERS, type Counter } from './counters';
import { describeFault, FAULT_KINDS, type FaultKind } from './plan/fault-plan';
import { type ScheduleResult } from './run-schedule';

/** The part of a schedule's result that the summary needs; the rest is large. */
export type ScheduleSummary = Pick<
  ScheduleResult,
  'seed' | 'wrong' | 'faults' | 'grants' | 'counters' | 'repliesLost' | 'tookMs'
>;

const LONG_RUN_SCHEDULES = 200;
const SELDOM = 20;

/** One line a schedule. */
export function scheduleLine({ seed, wrong, faults, grants, tookMs }: ScheduleSummary): string {
  const verdict = wrong.length === 0 ? 'ok    ' : 'FAILED';
  const what = faults.map(({ plan }) => describeFault(plan)).join(', ');
  return `${verdict} seed ${seed}  ${(tookMs / 1000).toFixed(1)} s  ${grants} grants  ${what}`;
}

/** What a long run met too seldom to have tried it, one sentence each; of a short one nothing is expected. */
export function metTooSeldom(results: readonly ScheduleSummary[], kinds: readonly FaultKind[]): string[] {
  if (results.length < LONG_RUN_SCHEDULES) return [];
  const met: [string, number][] = kinds.map((kind) => [`faults of kind ${kind}`, sum(faultsOf(results, kind))]);
  // It takes a cache that has lost what it knew.
  if (kinds.includes('redis'))
    met.push([
      'shard loads with proposals in flight',
      counted(results, 'floodgate_inventory_loads_with_proposals_total'),
    ]);
  return met
    .filter(([, times]) => times < SELDOM)
    .map(([what, times]) => `only ${times} ${what} in ${results.length} schedules: ${SELDOM} are wanted`);
}

/** What a run came to. */
export function summary(results: readonly ScheduleSummary[]): string {
  const failed = results.filter(({ wrong }) => wrong.length > 0);
  const seconds = results.map(({ tookMs }) => tookMs / 1000).sort((one, other) => one - other);
  const median = seconds[Math.floor(seconds.length / 2)] ?? 0;
  return [
    '',
    ...FAULT_KINDS.map((kind) => `${kind.padEnd(13)} ${kindLine(results, kind)}`),
    `grants        ${sum(results.map(({ grants }) => grants))}`,
    `replies lost  ${sum(results.map(({ repliesLost }) => repliesLost))}`,
    ...COUNTERS.map((name) => `${COUNTER_TITLES[name].padEnd(13)} ${counted(results, name)}`),
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
  const faults = faultsOf(results, kind);
  return `${sum(faults)} in ${faults.filter((count) => count > 0).length} schedules`;
}

/** How many each schedule had. */
function faultsOf(results: readonly ScheduleSummary[], kind: FaultKind): number[] {
  return results.map(({ faults }) => faults.filter(({ plan }) => plan.kind === kind).length);
}

function counted(results: readonly ScheduleSummary[], name: Counter): number {
  return sum(results.map(({ counters }) => counters.get(name) ?? 0));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
