import { type Evidence } from './evidence';

export interface InvariantResult {
  readonly name: string;
  readonly ok: boolean;
  /** What was counted and, on failure, how many differences there are and some of them by id. */
  readonly detail: string;
}

/** One thing that must be true of the stores, whatever happened to the processes. */
export interface Invariant {
  /** kebab-case. */
  readonly name: string;
  check(evidence: Evidence): Promise<Finding> | Finding;
}

/** What a check found: figures for the reader, and where the stores contradict each other. */
export interface Finding {
  readonly figures: string;
  readonly differences: Differences;
}

const EXAMPLES_MAX = 5;

/** Counts differences and keeps the first few of them. */
export class Differences {
  private count = 0;
  private readonly examples: string[] = [];

  add(example: string): void {
    this.count++;
    if (this.examples.length < EXAMPLES_MAX) this.examples.push(example);
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  toString(): string {
    const more = this.count > this.examples.length ? `; and ${this.count - this.examples.length} more` : '';
    return `${this.count} wrong: ${this.examples.join('; ')}${more}`;
  }
}

export async function checkInvariant({ name, check }: Invariant, evidence: Evidence): Promise<InvariantResult> {
  const { figures, differences } = await check(evidence);
  return {
    name,
    ok: differences.isEmpty,
    detail: differences.isEmpty ? figures : `${differences.toString()} (${figures})`,
  };
}
