/** What has happened so far, as the clients saw it. */
export type Stage =
  | 'came'
  | 'entered'
  | 'did tasks'
  | 'completed a set'
  | 'qualified'
  | 'came back'
  | 'let in at T0'
  | 'grabbed a packet'
  | 'packet granted'
  | 'packet arrived'
  | 'grabbed on sale'
  | 'unit granted'
  | 'order created'
  | 'order paid'
  | 'order cancelled'
  | 'order expired';

export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export class Tally {
  private readonly stages = new Map<Stage, number>();
  private readonly refusals = new Map<string, Map<string, number>>();
  private readonly attempts = new Map<string, Map<string, number>>();
  private readonly latencies = new Map<string, number[]>();

  /** One more person has come so far. */
  reached(stage: Stage): void {
    this.stages.set(stage, this.count(stage) + 1);
  }

  count(stage: Stage): number {
    return this.stages.get(stage) ?? 0;
  }

  /** A person's way ended at a layer of the funnel. */
  turnedAway(layer: string, outcome: string): void {
    add(this.refusals, layer, outcome);
  }

  refusedAt(layer: string): Record<string, number> {
    return sorted(this.refusals.get(layer));
  }

  /** One HTTP attempt. */
  attempt(route: string, outcome: string, latencyMs: number): void {
    add(this.attempts, route, outcome);
    this.took(route, latencyMs);
  }

  /** How long a step took, whatever it was made of. */
  took(step: string, latencyMs: number): void {
    const list = this.latencies.get(step);
    if (list === undefined) this.latencies.set(step, [latencyMs]);
    else list.push(latencyMs);
  }

  /** route -> outcome -> attempts. */
  outcomes(): Record<string, Record<string, number>> {
    return Object.fromEntries([...this.attempts].map(([route, counts]) => [route, sorted(counts)]));
  }

  attemptCount(): number {
    let sum = 0;
    for (const counts of this.attempts.values()) for (const count of counts.values()) sum += count;
    return sum;
  }

  /** step -> percentiles in milliseconds. */
  latencyMs(): Record<string, Percentiles> {
    return Object.fromEntries([...this.latencies].map(([step, list]) => [step, percentilesOf(list)]));
  }
}

/** Percentiles by nearest rank; zeros for an empty list. */
export function percentilesOf(list: readonly number[]): Percentiles {
  const ascending = [...list].sort((a, b) => a - b);
  const at = (share: number) => round(ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? 0);
  return { count: ascending.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

const round = (value: number) => Math.round(value * 10) / 10;

function add(table: Map<string, Map<string, number>>, row: string, column: string): void {
  const counts = table.get(row) ?? new Map<string, number>();
  table.set(row, counts);
  counts.set(column, (counts.get(column) ?? 0) + 1);
}

function sorted(counts: Map<string, number> | undefined): Record<string, number> {
  return Object.fromEntries([...(counts ?? [])].sort(([, a], [, b]) => b - a));
}
