import { type StackEnvironment } from '@floodgate/tools/stack';
import { type RowSpec, type Sample } from './rows';

/** What a bench is run with. */
export interface BenchContext {
  readonly environment: StackEnvironment;
  /** How long a measurement is to last, about. */
  readonly seconds: number;
  readonly connections: number;
  /** Shows a line of progress. */
  readonly say: (line: string) => void;
}

/** One of those that are compared: a limit, a peer, or Floodgate. */
export interface Contender {
  readonly name: string;
  /** Measures once. The first call is the warm-up, which nobody reports. */
  measure(): Promise<Measurement>;
}

export interface Measurement {
  readonly sample: Sample;
  /** Answers that should not have been, by what they were; none when all is well. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface AuditResult {
  readonly ok: boolean;
  readonly detail: string;
}

/** A bench that is ready to measure. */
export interface PreparedBench {
  /** In the order in which each round runs them. */
  readonly contenders: readonly Contender[];
  /** Looks in the stores whether what was answered is so; called once, after the last round. */
  audit(): Promise<AuditResult>;
  /** Leaves the stores as they should be left; called after the audit, also after a failure. */
  close(): Promise<void>;
}

export interface Bench {
  readonly name: string;
  readonly summary: string;
  readonly rows: readonly RowSpec[];
  prepare(context: BenchContext): Promise<PreparedBench>;
}
