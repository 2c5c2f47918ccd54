import { type CampaignSpec } from '@floodgate/client';
import { type StackEnvironment } from '@floodgate/tools/stack';
import { type RowSpec, type Sample } from './rows';

/** How a pool proposes units; the pool's own field. */
export type Strategy = NonNullable<CampaignSpec['pools'][number]['strategy']>;

export const STRATEGIES: readonly Strategy[] = ['SHARDED_COUNTERS', 'LOCAL_QUOTA', 'UNIT_QUEUE', 'MEMORY'];

/** What a person may choose of a run. */
export interface BenchOptions {
  /** Measured rounds; the warm-up comes on top. */
  readonly rounds: number;
  /** How long a measurement is to last, about. */
  readonly seconds: number;
  readonly connections: number;
  /** The share of their full size, for benches that have one: a million requests, say. */
  readonly size: number;
  /** Inventory instances. */
  readonly inventories: number;
  /** Of the pools, where a bench does not compare several. */
  readonly strategy: Strategy;
  /** Where each app writes a CPU profile of its own; undefined for none. */
  readonly cpuProfileDirectory: string | undefined;
}

/** What a bench is run with. */
export interface BenchContext {
  readonly environment: StackEnvironment;
  readonly options: BenchOptions;
  /** Begins the ids of campaigns, users and grabs, so that no two runs share any. */
  readonly runId: string;
  /** Shows a line of progress. */
  readonly say: (line: string) => void;
}

/** One of those that are compared: a limit, a peer, or Floodgate. */
export interface Contender {
  readonly name: string;
  /** Measures once. Round 0 is the warm-up, which nobody reports. */
  measure(round: number): Promise<Measurement>;
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
  /** Ends what the bench started; called after the audit, also after a failure. */
  close(): Promise<void>;
}

export interface Bench {
  readonly name: string;
  readonly summary: string;
  /** How long a run takes by default, about. */
  readonly minutes: number;
  rows(options: BenchOptions): readonly RowSpec[];
  /** Ends what it has started itself when it fails. */
  prepare(context: BenchContext): Promise<PreparedBench>;
}
