import { type Contender, type Measurement } from './bench';
import { type LoadJob, type LoadResult } from './load/job';
import { type LoadProcess } from './load/load-process';
import {
  type CpuTimes,
  type NamedProcess,
  readCpu,
  shareInUse,
  spentBetween,
  totalOf,
  untilAtRest,
} from './process-cpu';

export interface LoadedServerOptions {
  readonly name: string;
  readonly load: LoadProcess;
  /** Everything about its requests but who sends them, how many and how fast. */
  readonly request: Pick<LoadJob, 'port' | 'method' | 'path' | 'body' | 'connections' | 'jwtSecret'>;
  /** All that work for its answers. */
  readonly processes: readonly NamedProcess[];
  /** How an answer that is as it should be counts; every other is an error. */
  readonly expected: string;
  /** Begins the ids of its users; differs from every other server's and every other run's. */
  readonly prefix: string;
  readonly seconds: number;
  /** Also measures the latency at 70 % of the full speed just seen. */
  readonly alsoAtSeventyPercent: boolean;
  /** Takes what the users of each job were told. */
  readonly onTold?: (prefix: string, result: LoadResult) => void;
}

const WARM_UP_REQUESTS = 15_000;
const SEVENTY_PERCENT = 0.7;
const MS = 1_000;

interface Run {
  readonly result: LoadResult;
  readonly expected: number;
  readonly cpu: CpuTimes;
}

/** A server under load. Its figures: see `measure`. */
export class LoadedServer implements Contender {
  private jobs = 0;
  private lastPerSecond: number | undefined;
  private idleShare: number | undefined;

  constructor(private readonly options: LoadedServerOptions) {}

  get name(): string {
    return this.options.name;
  }

  /**
   * perSecond: answers as expected. p99Ms: at that speed. p99AtSeventyMs: at 70 % of it, from when a request was due.
   * cpuUsPerAnswer: of all its processes, what they do afterwards included, and each by its name. loadCpuShare: of a core.
   */
  async measure(): Promise<Measurement> {
    const { seconds, alsoAtSeventyPercent } = this.options;
    const requests = this.lastPerSecond === undefined ? WARM_UP_REQUESTS : Math.ceil(this.lastPerSecond * seconds);
    const full = await this.run(Math.max(requests, 1));
    const perSecond = (full.expected / full.result.wallMs) * MS;
    const sample: Record<string, number> = {
      perSecond,
      p99Ms: full.result.p99Ms,
      loadCpuShare: full.result.cpuMs / full.result.wallMs,
      cpuUsPerAnswer: (totalOf(full.cpu) / full.expected) * MS,
    };
    for (const [name, ms] of full.cpu) sample[`cpuUsPerAnswer.${name}`] = (ms / full.expected) * MS;
    const errors: Record<string, number> = {};
    this.countErrors(full.result, errors);
    this.lastPerSecond = Math.max(perSecond, 1);
    if (alsoAtSeventyPercent) {
      const pace = this.lastPerSecond * SEVENTY_PERCENT;
      const paced = await this.run(Math.ceil(pace * seconds), pace);
      sample['p99AtSeventyMs'] = paced.result.p99Ms;
      sample['p50AtSeventyMs'] = paced.result.p50Ms;
      this.countErrors(paced.result, errors);
    }
    return { sample, errors };
  }

  private async run(requests: number, perSecond?: number): Promise<Run> {
    const { load, request, processes, prefix, expected, onTold } = this.options;
    const jobPrefix = `${prefix}${this.jobs++}`;
    this.idleShare ??= await shareInUse(processes);
    await load.prepare({ ...request, prefix: jobPrefix, requests, ...(perSecond !== undefined && { perSecond }) });
    await untilAtRest(processes, this.idleShare);
    const before = readCpu(processes);
    const result = await load.run();
    const atEnd = readCpu(processes);
    const cpu = addAfterwork(spentBetween(before, atEnd), await this.afterwork(atEnd));
    onTold?.(jobPrefix, result);
    return { result, expected: result.outcomes[expected] ?? 0, cpu };
  }

  /** What the processes still do for answers already given. What they use when idle is no such work. */
  private async afterwork(atEnd: CpuTimes): Promise<CpuTimes> {
    const { processes } = this.options;
    const startedAtMs = performance.now();
    await untilAtRest(processes, this.idleShare ?? 0);
    const spent = spentBetween(atEnd, readCpu(processes));
    const idleMs = (performance.now() - startedAtMs) * (this.idleShare ?? 0);
    const workShare = Math.max(0, 1 - idleMs / Math.max(totalOf(spent), 1));
    return new Map([...spent].map(([name, ms]) => [name, ms * workShare]));
  }

  private countErrors({ outcomes }: LoadResult, errors: Record<string, number>): void {
    for (const [outcome, count] of Object.entries(outcomes)) {
      if (outcome !== this.options.expected) errors[outcome] = (errors[outcome] ?? 0) + count;
    }
  }
}

function addAfterwork(during: CpuTimes, after: CpuTimes): CpuTimes {
  return new Map([...during].map(([name, ms]) => [name, ms + (after.get(name) ?? 0)]));
}
