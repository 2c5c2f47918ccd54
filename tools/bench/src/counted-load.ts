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

export interface CountedRun {
  readonly result: LoadResult;
  /** What the processes spent on the job, in ms, by name; what they do for it afterwards included. */
  readonly cpu: CpuTimes;
}

/** Runs jobs of the load process and counts the CPU that the processes under load spend on each. */
export class CountedLoad {
  private idleShare: number | undefined;

  constructor(
    private readonly load: LoadProcess,
    private readonly processes: () => readonly NamedProcess[],
  ) {}

  async run(job: LoadJob): Promise<CountedRun> {
    await this.prepare(job);
    return this.runPrepared();
  }

  /** Returns when the processes are at rest. */
  async prepare(job: LoadJob): Promise<void> {
    const processes = this.processes();
    this.idleShare ??= await shareInUse(processes);
    await this.load.prepare(job);
    await untilAtRest(processes, this.idleShare);
  }

  async runPrepared(): Promise<CountedRun> {
    const processes = this.processes();
    const before = readCpu(processes);
    const result = await this.load.run();
    const atEnd = readCpu(processes);
    const after = await this.afterwork(processes, atEnd);
    const during = spentBetween(before, atEnd);
    return { result, cpu: new Map([...during].map(([name, ms]) => [name, ms + (after.get(name) ?? 0)])) };
  }

  /** What the processes still do for answers already given. What they use when idle is no such work. */
  private async afterwork(processes: readonly NamedProcess[], atEnd: CpuTimes): Promise<CpuTimes> {
    const idleShare = this.idleShare ?? 0;
    const startedAtMs = performance.now();
    await untilAtRest(processes, idleShare);
    const spent = spentBetween(atEnd, readCpu(processes));
    const idleMs = (performance.now() - startedAtMs) * idleShare;
    const workShare = Math.max(0, 1 - idleMs / Math.max(totalOf(spent), 1));
    return new Map([...spent].map(([name, ms]) => [name, ms * workShare]));
  }
}

/** CPU time for one answer in microseconds, of all processes together and of each by name: figures of a sample. */
export function cpuPerAnswer(cpu: CpuTimes, answers: number): Record<string, number> {
  const us = (ms: number) => (ms / answers) * 1_000;
  return {
    cpuUsPerAnswer: us(totalOf(cpu)),
    ...Object.fromEntries([...cpu].map(([name, ms]) => [`cpuUsPerAnswer.${name}`, us(ms)])),
  };
}

/** How many answers of other kinds than these there were, by kind. */
export function unexpected({ outcomes }: LoadResult, expected: readonly string[]): Record<string, number> {
  return Object.fromEntries(Object.entries(outcomes).filter(([outcome]) => !expected.includes(outcome)));
}

/** Adds counts up by kind. */
export function sumOf(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const count of counts) for (const [kind, n] of Object.entries(count)) sum[kind] = (sum[kind] ?? 0) + n;
  return sum;
}
