import { type Contender, type Measurement } from '../bench';
import { CountedLoad, cpuPerAnswer, unexpected } from '../counted-load';
import { ASK_AGAIN, type Askers, type LoadJob, type LoadResult } from '../load/job';
import { type LoadProcess } from '../load/load-process';
import { type NamedProcess } from '../process-cpu';

export interface ShardsRunOptions {
  readonly name: string;
  readonly load: LoadProcess;
  readonly processes: () => readonly NamedProcess[];
  readonly request: Omit<LoadJob, 'prefix' | 'requests' | 'perSecond'>;
  readonly prefix: string;
  readonly shards: number;
  readonly seconds: number;
  readonly onTold: (askers: Askers, result: LoadResult) => void;
}

/** What each shard is asked for: four of them stay below what a small machine can do. */
export const PER_SECOND_AND_SHARD = 1_500;

/** Winners at a rate that grows with the shards. */
export class ShardsRun implements Contender {
  private readonly counted: CountedLoad;

  constructor(private readonly options: ShardsRunOptions) {
    this.counted = new CountedLoad(options.load, options.processes);
  }

  get name(): string {
    return this.options.name;
  }

  async measure(round: number): Promise<Measurement> {
    const { request, prefix, shards, seconds, onTold } = this.options;
    const askers: Askers = { prefix: `${prefix}${round}` };
    const perSecond = shards * PER_SECOND_AND_SHARD;
    const requests = perSecond * (round === 0 ? 1 : seconds);
    const { result, cpu } = await this.counted.run({ ...request, ...askers, requests, perSecond, askAgain: ASK_AGAIN });
    onTold(askers, result);
    const granted = result.outcomes['GRANTED'] ?? 0;
    return {
      sample: { p99Ms: result.p99Ms, askedAgain: result.askedAgain, ...cpuPerAnswer(cpu, granted) },
      errors: unexpected(result, ['GRANTED']),
    };
  }
}
