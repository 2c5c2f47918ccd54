import { type Contender, type Measurement } from './bench';
import { CountedLoad, cpuPerAnswer, sumOf, unexpected } from './counted-load';
import { type Askers, type LoadJob, type LoadResult } from './load/job';
import { type LoadProcess } from './load/load-process';
import { type NamedProcess } from './process-cpu';

export interface LoadedServerOptions {
  readonly name: string;
  readonly load: LoadProcess;
  /** Everything about its requests but who sends them, how many and how fast. */
  readonly request: Pick<LoadJob, 'port' | 'method' | 'path' | 'body' | 'connections' | 'jwtSecret'>;
  /** All that work for its answers. */
  readonly processes: () => readonly NamedProcess[];
  /** How answers that are as they should be count; every other is an error. */
  readonly expected: readonly string[];
  /** Begins the ids of its users; differs from every other server's and every other run's. */
  readonly prefix: string;
  readonly seconds: number;
  /** How many it answers before the first round counts; 20,000 when left out. */
  readonly warmUpRequests?: number;
  /** Also measures the latency at 70 % of the full speed just seen. */
  readonly alsoAtSeventyPercent: boolean;
  /** Takes what the users of each job were told. */
  readonly onTold?: (askers: Askers, result: LoadResult) => void;
}

const WARM_UP_REQUESTS = 20_000;
const WARM_UP_SECONDS = 1;
const SEVENTY_PERCENT = 0.7;
const MS = 1_000;

/** A server under load. Its figures: see `measure`. */
export class LoadedServer implements Contender {
  private readonly counted: CountedLoad;
  private jobs = 0;
  private lastPerSecond: number | undefined;
  private lastCpuUs: number | undefined;

  constructor(private readonly options: LoadedServerOptions) {
    this.counted = new CountedLoad(options.load, options.processes);
  }

  get name(): string {
    return this.options.name;
  }

  /** Answers as expected per second when it was measured last at full speed; the warm-up counts. */
  get perSecond(): number {
    if (this.lastPerSecond === undefined) throw new Error(`${this.name} is not measured yet`);
    return this.lastPerSecond;
  }

  /** CPU time of all processes for an answer, in microseconds, when it was measured last. */
  get cpuUsPerAnswer(): number {
    if (this.lastCpuUs === undefined) throw new Error(`${this.name} is not measured yet`);
    return this.lastCpuUs;
  }

  /**
   * answers: those as expected. perSecond: of them. p50Ms, p99Ms: at that speed. p50AtSeventyMs, p99AtSeventyMs: at 70 % of it, from when a request
   * was due. cpuUsPerAnswer: of all its processes, and each by its name. loadCpuShare: of a core.
   */
  async measure(round: number): Promise<Measurement> {
    const { alsoAtSeventyPercent, expected } = this.options;
    const seconds = round === 0 ? WARM_UP_SECONDS : this.options.seconds;
    const { warmUpRequests = WARM_UP_REQUESTS } = this.options;
    const requests = this.lastPerSecond === undefined ? warmUpRequests : Math.ceil(this.lastPerSecond * seconds);
    const { result, cpu } = await this.run(Math.max(requests, 1));
    const answers = expected.reduce((sum, outcome) => sum + (result.outcomes[outcome] ?? 0), 0);
    const perSecond = (answers / result.wallMs) * MS;
    const sample: Record<string, number> = {
      answers,
      perSecond,
      p50Ms: result.p50Ms,
      p99Ms: result.p99Ms,
      loadCpuShare: result.cpuMs / result.wallMs,
      ...cpuPerAnswer(cpu, answers),
    };
    const errors = [unexpected(result, expected)];
    this.lastPerSecond = Math.max(perSecond, 1);
    this.lastCpuUs = sample['cpuUsPerAnswer'];
    if (alsoAtSeventyPercent) {
      const pace = this.lastPerSecond * SEVENTY_PERCENT;
      const paced = await this.run(Math.ceil(pace * seconds), pace);
      sample['p99AtSeventyMs'] = paced.result.p99Ms;
      sample['p50AtSeventyMs'] = paced.result.p50Ms;
      errors.push(unexpected(paced.result, expected));
    }
    return { sample, errors: sumOf(errors) };
  }

  private async run(requests: number, perSecond?: number) {
    const { request, prefix, onTold } = this.options;
    const askers: Askers = { prefix: `${prefix}${this.jobs++}` };
    const run = await this.counted.run({
      ...request,
      ...askers,
      requests,
      ...(perSecond !== undefined && { perSecond }),
    });
    onTold?.(askers, run.result);
    return run;
  }
}
