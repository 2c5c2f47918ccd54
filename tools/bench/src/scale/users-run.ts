import { type Contender, type Measurement } from '../bench';
import { CountedLoad, cpuPerAnswer, unexpected } from '../counted-load';
import { ASK_AGAIN, type Askers, type LoadJob, type LoadResult } from '../load/job';
import { type LoadProcess } from '../load/load-process';
import { type NamedProcess } from '../process-cpu';

export interface UsersRunOptions {
  readonly name: string;
  readonly load: LoadProcess;
  readonly processes: () => readonly NamedProcess[];
  readonly request: Omit<LoadJob, 'prefix' | 'requests' | 'crowd'>;
  readonly userPrefix: string;
  readonly users: number;
  readonly stride: number;
  readonly pools: readonly string[];
  readonly requestsOf: (round: number) => number;
  readonly onTold: (askers: Askers, result: LoadResult) => void;
}

/** Winners out of a population of a certain size, in pools that a part of it has won in before. */
export class UsersRun implements Contender {
  private readonly counted: CountedLoad;
  private from = 0;

  constructor(private readonly options: UsersRunOptions) {
    this.counted = new CountedLoad(options.load, options.processes);
  }

  get name(): string {
    return this.options.name;
  }

  /** cpuUsPerAnswer, of all processes and by name; perSecond. */
  async measure(round: number): Promise<Measurement> {
    const { request, userPrefix, users, stride, pools, requestsOf, onTold } = this.options;
    const crowd = { userPrefix, users, stride, pools, from: this.from };
    const askers: Askers = { prefix: `${userPrefix}-${round}`, crowd };
    const requests = requestsOf(round);
    this.from += requests;
    const { result, cpu } = await this.counted.run({ ...request, ...askers, requests, askAgain: ASK_AGAIN });
    onTold(askers, result);
    const granted = result.outcomes['GRANTED'] ?? 0;
    return {
      sample: {
        perSecond: (granted / result.wallMs) * 1_000,
        askedAgain: result.askedAgain,
        ...cpuPerAnswer(cpu, granted),
      },
      errors: unexpected(result, ['GRANTED']),
    };
  }
}
