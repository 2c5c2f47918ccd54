import { percentileOf } from '../statistics';
import { type StreamResult } from './messages';

const BUCKET_MS = 100;

/** What became of a stream's requests. */
export class StreamCounts {
  private readonly latenciesMs: number[] = [];
  private readonly dueBy100Ms: number[] = [];
  private readonly servedBy100Ms: number[] = [];
  private due = 0;
  private refused = 0;
  private failed = 0;
  private kept = 0;

  constructor(
    private readonly countFromMs: number,
    private readonly patienceMs: number,
  ) {}

  /** The last answer to a request that was due at `dueAtMs` of the job; undefined for a connection that broke. */
  add(dueAtMs: number, latencyMs: number, status: number | undefined): void {
    const bucket = Math.floor(dueAtMs / BUCKET_MS);
    const isServed = status === 200 && latencyMs <= this.patienceMs;
    this.dueBy100Ms[bucket] = (this.dueBy100Ms[bucket] ?? 0) + 1;
    this.servedBy100Ms[bucket] = (this.servedBy100Ms[bucket] ?? 0) + (isServed ? 1 : 0);
    if (dueAtMs < this.countFromMs) return;
    this.due += 1;
    if (isServed) this.latenciesMs.push(latencyMs);
    else if (status === 503) this.refused += 1;
    else this.failed += 1;
  }

  /** A request that was due at `dueAtMs` of the job and not sent. */
  keptBack(dueAtMs: number): void {
    if (dueAtMs >= this.countFromMs) this.kept += 1;
  }

  result(): StreamResult {
    const sorted = this.latenciesMs.sort((a, b) => a - b);
    return {
      due: this.due,
      keptBack: this.kept,
      served: sorted.length,
      refused: this.refused,
      failed: this.failed,
      p50Ms: percentileOf(sorted, 50),
      p99Ms: percentileOf(sorted, 99),
      dueBy100Ms: Array.from(this.dueBy100Ms, (count) => count ?? 0),
      servedBy100Ms: Array.from(this.servedBy100Ms, (count) => count ?? 0),
    };
  }
}
