import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';

interface Line {
  readonly userId: string;
  readonly campaignId: string;
  readonly poolId?: string;
  readonly grabId?: string;
}

/** One HTTP attempt of a simulated user. */
export interface AttemptLine extends Line {
  readonly route: string;
  /** Counts from 1, by user, campaign and route. */
  readonly attempt: number;
  readonly outcome: string;
  readonly latencyMs: number;
}

type GrabOfUser = Required<Line>;

/** What a user was told of a grab in the end. */
export interface AnsweredLine extends GrabOfUser {
  readonly outcome: string;
  readonly unitNo?: number;
  readonly amountFen?: number;
}

/**
 * What the clients themselves know, for the audit to hold against the stores: every attempt, each grab as `offered` before
 * its first attempt, and as `answered` once with what its user was told in the end. One JSON object a line.
 */
export class ClientLog {
  readonly file: string;
  private readonly stream: WriteStream;

  constructor(
    directory: string,
    private readonly runId: string,
  ) {
    mkdirSync(directory, { recursive: true });
    this.file = join(directory, `${runId}.jsonl`);
    this.stream = createWriteStream(this.file);
  }

  attempt(line: AttemptLine): void {
    this.write('attempt', line);
  }

  offered(line: GrabOfUser): void {
    this.write('offered', line);
  }

  answered(line: AnsweredLine): void {
    this.write('answered', line);
  }

  /** Returns when everything is in the file. */
  async close(): Promise<void> {
    const finished = once(this.stream, 'finish');
    this.stream.end();
    await finished;
  }

  private write(kind: string, line: Line): void {
    this.stream.write(`${JSON.stringify({ kind, runId: this.runId, ...line })}\n`);
  }
}
