import {
  type AuditResult,
  type Bench,
  type BenchContext,
  type BenchOptions,
  type Contender,
  type PreparedBench,
} from './bench';
import { describeMachine, type Machine } from './machine';
import { computeRow, type Row, type RowSpec, type Sample, type Samples } from './rows';
import { isDurable, readSettings, type Settings } from './settings';

/** What a run found, as --report writes it. */
export interface Report {
  readonly bench: string;
  readonly machine: Machine;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly options: BenchOptions;
  /** Read back from the servers. */
  readonly settings: Settings;
  readonly durable: boolean;
  readonly rows: readonly Row[];
  /** Every figure of every measured round, by contender. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
  /** Answers that should not have been, warm-up included. */
  readonly errors: number;
  readonly errorsByKind: Readonly<Record<string, number>>;
  readonly audit: AuditResult;
  /** No errors, durable settings, audit passed, no profiler, full size: only then do the figures mean anything. */
  readonly ok: boolean;
}

/**
 * Prepares a bench, warms it up, runs its contenders alternately, and audits. The report is delivered before
 * the bench cleans up behind itself, which may take long and may fail.
 */
export async function runBench(
  bench: Bench,
  context: BenchContext,
  deliver: (report: Report) => void,
): Promise<Report> {
  const date = new Date().toISOString();
  const settings = await readSettings(context.environment);
  const prepared = await bench.prepare(context);
  try {
    const measured = await measureRounds(prepared.contenders, context.options.rounds, context.say);
    context.say('auditing');
    const audit = await prepared.audit();
    const { options } = context;
    const run = { bench: bench.name, machine: describeMachine(), date, options };
    const report = { ...run, ...judge(bench.rows(options), options, settings, measured, audit) };
    deliver(report);
    return report;
  } finally {
    await prepared.close();
  }
}

type Judgement = Omit<Report, 'bench' | 'machine' | 'date' | 'options'>;

function judge(
  rows: readonly RowSpec[],
  options: BenchOptions,
  settings: Settings,
  measured: Measured,
  audit: AuditResult,
): Judgement {
  const errors = Object.values(measured.errors).reduce((sum, count) => sum + count, 0);
  const durable = isDurable(settings);
  return {
    settings,
    durable,
    rows: rows.map((row) => computeRow(row, measured.samples)),
    samples: Object.fromEntries(measured.samples),
    errors,
    errorsByKind: measured.errors,
    audit,
    ok: errors === 0 && durable && audit.ok && options.cpuProfileDirectory === undefined && options.size === 1,
  };
}

interface Measured {
  readonly samples: Samples;
  readonly errors: Readonly<Record<string, number>>;
}

/** One warm-up round, then the measured ones; within each, every contender has its turn. */
export async function measureRounds(
  contenders: PreparedBench['contenders'],
  rounds: number,
  say: (line: string) => void,
): Promise<Measured> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  const errors: Record<string, number> = {};
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders) {
      say(`${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}: ${contender.name}`);
      const sample = await measureOnce(contender, round, errors);
      if (round > 0) samples.get(contender.name)?.push(sample);
    }
  }
  return { samples, errors };
}

async function measureOnce(contender: Contender, round: number, errors: Record<string, number>): Promise<Sample> {
  const measurement = await contender.measure(round);
  for (const [kind, count] of Object.entries(measurement.errors)) {
    const key = `${contender.name}: ${kind}`;
    errors[key] = (errors[key] ?? 0) + count;
  }
  for (const [figure, value] of Object.entries(measurement.sample)) {
    if (Number.isFinite(value)) continue;
    const key = `${contender.name}: ${figure} is no number`;
    errors[key] = (errors[key] ?? 0) + 1;
  }
  return measurement.sample;
}
