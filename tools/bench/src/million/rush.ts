import { type Contender, type Measurement } from '../bench';
import { type CountedLoad, unexpected } from '../counted-load';
import { beyondIdle, type DatabaseStatements } from '../database-statements';
import { ASK_AGAIN, type Askers, type LoadJob, type LoadResult, refusalOf } from '../load/job';
import { totalOf } from '../process-cpu';

/** The one pool of a round, and how many want it. */
export interface RushPool {
  readonly campaignId: string;
  readonly poolId: string;
  readonly units: number;
  readonly requests: number;
}

export interface RushOptions {
  readonly name: string;
  readonly counted: CountedLoad;
  readonly statements: DatabaseStatements;
  readonly request: Omit<LoadJob, 'path' | 'requests' | 'prefix'>;
  readonly pathOf: (pool: RushPool) => string;
  readonly poolOf: (round: number) => RushPool;
  /** Begins the ids of its users. */
  readonly prefix: string;
  /** CPU time of a grab that wins, in microseconds. */
  readonly winnerCpuUs: () => number;
  readonly movesOf: (pool: RushPool) => Promise<number>;
  readonly onTold: (askers: Askers, result: LoadResult) => void;
}

const SOLD_OUT = [refusalOf('SOLD_OUT'), refusalOf('SOLD_OUT_FOR_NOW')];

/** Many more people than units, once a round in a pool of its own. */
export class Rush implements Contender {
  constructor(private readonly options: RushOptions) {}

  get name(): string {
    return this.options.name;
  }

  /**
   * granted, perSecond, and what it cost: statements until all units are recorded, moves between shards that were tried, CPU for a refusal (what is left when
   * the winners' is taken off). What the apps ask the database for anyhow is known from the rest of the rush, when nothing but refusals is left: under
   * load they ask for less than when they idle.
   */
  async measure(round: number): Promise<Measurement> {
    const { counted, statements, request, pathOf, poolOf, prefix, winnerCpuUs, movesOf, onTold } = this.options;
    const pool = poolOf(round);
    const { requests } = pool;
    const askers: Askers = { prefix: `${prefix}${round}` };
    await counted.prepare({ ...request, ...askers, requests, path: pathOf(pool), askAgain: ASK_AGAIN });
    const before = await statements.read();
    const recording = statements.untilRecorded(pool.campaignId, pool.poolId, pool.units);
    const [recorded, { result, cpu }] = await Promise.all([recording, counted.runPrepared()]);
    const after = await statements.read();
    const anyhowPerMs = beyondIdle(recorded, after, 0) / (after.atMs - recorded.atMs);
    const granted = result.outcomes['GRANTED'] ?? 0;
    onTold(askers, result);
    const refused = requests - granted;
    return {
      sample: {
        granted,
        perSecond: (requests / result.wallMs) * 1_000,
        statements: beyondIdle(before, recorded, anyhowPerMs),
        moves: await movesOf(pool),
        cpuUsPerRefusal: cpuUsPerRefusal({ cpuMs: totalOf(cpu), granted, refused, winnerCpuUs: winnerCpuUs() }),
        askedAgain: result.askedAgain,
        loadCpuShare: result.cpuMs / result.wallMs,
      },
      errors: unexpected(result, ['GRANTED', ...SOLD_OUT]),
    };
  }
}

interface RushCpu {
  readonly cpuMs: number;
  readonly granted: number;
  readonly refused: number;
  readonly winnerCpuUs: number;
}

/** CPU time of a refusal in microseconds: all that was spent, less what so many winners cost. */
export function cpuUsPerRefusal({ cpuMs, granted, refused, winnerCpuUs }: RushCpu): number {
  return (cpuMs * 1_000 - granted * winnerCpuUs) / refused;
}
