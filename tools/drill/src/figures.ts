import { percentileOf, type RowSpec, type Sample } from '@floodgate/tools/bench';
import { type Findings, type Load } from './drill';
import { type Difference } from './spending';

export const SIDES = ['off', 'on'] as const;
export type Side = (typeof SIDES)[number];

const BUCKET_MS = 100;
const US = 1_000;
const PERCENT = 100;
const SECOND_MS = 1_000;

/** What a turned knob is judged by. */
export interface FigureSpec {
  readonly figure: string;
  readonly kind: 'saves' | 'costs';
  readonly name: string;
  readonly unit: string;
}

const COSTS: readonly FigureSpec[] = [
  { figure: 'keptOutPercent', kind: 'costs', name: 'kept out until the end', unit: '%' },
  { figure: 'waitP50Ms', kind: 'costs', name: 'wait of the others, p50', unit: 'ms' },
  { figure: 'waitP99Ms', kind: 'costs', name: 'wait of the others, p99', unit: 'ms' },
];

/** By the kind of a load, in the order in which they are shown. */
export const FIGURES: Readonly<Record<Load['kind'], readonly FigureSpec[]>> = {
  people: [
    { figure: 'requestsEach', kind: 'saves', name: 'requests for each', unit: '' },
    { figure: 'requestsBusiest', kind: 'saves', name: 'requests in the busiest 100 ms', unit: '' },
    { figure: 'servedBusiest', kind: 'saves', name: 'let through in the busiest 100 ms', unit: '' },
    { figure: 'gatewayUsEach', kind: 'saves', name: 'CPU of the gateway for each', unit: 'us' },
    { figure: 'behindUsEach', kind: 'saves', name: 'CPU behind it for each', unit: 'us' },
    { figure: 'statementsEach', kind: 'saves', name: 'database statements for each', unit: '' },
    ...COSTS,
    { figure: 'lessPercent', kind: 'costs', name: 'shown less', unit: '%' },
  ],
  work: [
    { figure: 'earlyBehindShare', kind: 'saves', name: 'cores used behind the gateway in the first 2 s', unit: '' },
    { figure: 'earlyStatementsPerSecond', kind: 'saves', name: 'database statements in the first 2 s', unit: '1/s' },
    { figure: 'behindUsEach', kind: 'saves', name: 'CPU behind the gateway for each', unit: 'us' },
    { figure: 'requestsEach', kind: 'saves', name: 'calls of the payment channel for each', unit: '' },
    ...COSTS,
  ],
};

/** What was spent while a load ran, on all of it and in its first EARLY_MS. */
export interface Spending {
  readonly whole: Difference;
  readonly early: Difference;
}

/** Work is told all at once: what it spends at first is what it would take from a campaign's moment. */
export const EARLY_MS = 2_000;

/** The figures of one run. Waits are of those who were served; NaN when nobody was. */
export function sampleOf(findings: Findings, { whole, early }: Spending): Sample {
  const { people, requests, requestsAtMs, servedAtMs, less, ownStatements } = findings;
  const waits = Float64Array.from(findings.waitsMs).sort();
  return {
    requestsEach: requests / people,
    requestsBusiest: busiest(requestsAtMs),
    servedBusiest: busiest(servedAtMs),
    gatewayUsEach: (whole.gatewayMs * US) / people,
    behindUsEach: (whole.behindMs * US) / people,
    statementsEach: (whole.statements - ownStatements) / people,
    earlyBehindShare: early.behindMs / EARLY_MS,
    earlyStatementsPerSecond: early.statements / (EARLY_MS / SECOND_MS),
    keptOutPercent: (1 - servedAtMs.length / people) * PERCENT,
    waitP50Ms: percentileOf(waits, 50),
    waitP99Ms: percentileOf(waits, 99),
    lessPercent: (less / people) * PERCENT,
  };
}

/** How many instants lie in the fullest 100 ms; windows follow each other without overlap, from the first instant on. */
export function busiest(instantsMs: readonly number[]): number {
  const first = instantsMs.reduce((least, at) => Math.min(least, at), Infinity);
  const counts = new Map<number, number>();
  for (const at of instantsMs) {
    const bucket = Math.floor((at - first) / BUCKET_MS);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

export function rowSpecOf({ figure, name, unit }: FigureSpec): RowSpec {
  return { name, unit, limit: { contender: 'off', figure }, ours: { contender: 'on', figure } };
}
