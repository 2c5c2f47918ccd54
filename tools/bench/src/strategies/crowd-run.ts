import { type Contender, type Measurement } from '../bench';
import { unexpected } from '../counted-load';
import { ASK_AGAIN, type Askers, type LoadJob, type LoadResult, refusalOf } from '../load/job';
import { type LoadProcess } from '../load/load-process';

export interface CrowdRunOptions {
  readonly name: string;
  readonly load: LoadProcess;
  readonly requestOf: (round: number) => Omit<LoadJob, 'prefix'>;
  readonly prefix: string;
  readonly onTold: (askers: Askers, result: LoadResult) => void;
}

export const SOLD_OUT = [refusalOf('SOLD_OUT'), refusalOf('SOLD_OUT_FOR_NOW')];

/** A hundred people for each unit, at full speed. */
export class CrowdRun implements Contender {
  constructor(private readonly options: CrowdRunOptions) {}

  get name(): string {
    return this.options.name;
  }

  async measure(round: number): Promise<Measurement> {
    const { load, requestOf, prefix, onTold } = this.options;
    const askers: Askers = { prefix: `${prefix}${round}` };
    const request = requestOf(round);
    await load.prepare({ ...request, ...askers, askAgain: ASK_AGAIN });
    const result = await load.run();
    onTold(askers, result);
    return {
      sample: { answers: request.requests, perSecond: (request.requests / result.wallMs) * 1_000 },
      errors: unexpected(result, ['GRANTED', ...SOLD_OUT]),
    };
  }
}
