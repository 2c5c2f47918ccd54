import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, type Measurement, STRATEGIES, type Strategy } from '../bench';
import { sumOf, unexpected } from '../counted-load';
import { type Floodgate } from '../floodgate';
import { type Askers, type LoadJob, type LoadResult } from '../load/job';
import { type LoadProcess } from '../load/load-process';
import { SOLD_OUT } from './crowd-run';

export interface DeadInstancesOptions {
  readonly name: string;
  readonly floodgate: Floodgate;
  /** Names of all inventory instances. */
  readonly inventories: readonly string[];
  /** Of local quota: how much more than its share an instance lets in. */
  readonly buffer: number;
  readonly load: LoadProcess;
  readonly request: Pick<LoadJob, 'port' | 'method' | 'body' | 'connections' | 'jwtSecret'>;
  readonly pathOf: (round: number) => string;
  /** By pool, how many units the stock log has granted in a round's campaign. */
  readonly soldOf: (round: number) => Promise<ReadonlyMap<string, number>>;
  readonly unitsOfPool: number;
  readonly prefix: string;
  readonly onTold: (askers: Askers, result: LoadResult) => void;
}

export const DEAD_MAX = 2;
/** Two people for each unit. */
const CROWD = 2;
const SECONDS = 3;
/** Half of the units are asked for by then. */
const KILL_AFTER_MS = 750;
// Gateways come back to a restarted instance after 2 s at the latest.
const RECONNECT_MS = 2_500;

/** The pool of a strategy that is sold while so many instances die. */
export const deadPoolId = (strategy: Strategy, dead: number) => `${strategy.toLowerCase().replace('_', '-')}-${dead}`;

/** The figure of a strategy's unsold units. */
export const unsoldFigure = (strategy: Strategy, dead: number) => `unsold.${strategy}.${dead}`;

/**
 * Sells a pool of each strategy at the same time to twice as many people as there are units: with all instances alive, then
 * while one is killed with -9, then while another is.
 */
export class DeadInstances implements Contender {
  constructor(private readonly options: DeadInstancesOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** unsold.<strategy>.<dead>: units that nobody has when all that crowd has been answered; nobody asks a second time. */
  async measure(round: number): Promise<Measurement> {
    if (round === 0) return { sample: {}, errors: {} };
    await this.restartAll();
    const sample: Record<string, number> = {};
    const errors: Record<string, number>[] = [];
    for (let dead = 0; dead <= DEAD_MAX; dead++) {
      const result = await this.sell(round, dead);
      errors.push(unexpected(result, ['GRANTED', 'WAIT', ...SOLD_OUT]));
      const sold = await this.options.soldOf(round);
      for (const strategy of STRATEGIES) {
        sample[unsoldFigure(strategy, dead)] = this.options.unitsOfPool - (sold.get(deadPoolId(strategy, dead)) ?? 0);
      }
    }
    return { sample, errors: sumOf(errors) };
  }

  private async restartAll(): Promise<void> {
    const { floodgate, inventories, buffer } = this.options;
    await Promise.all(inventories.map((name) => floodgate.restart(name, { LOCAL_QUOTA_BUFFER: String(buffer) })));
    await sleep(RECONNECT_MS);
  }

  private async sell(round: number, dead: number): Promise<LoadResult> {
    const { floodgate, inventories, load, request, pathOf, unitsOfPool, prefix, onTold } = this.options;
    const users = unitsOfPool * CROWD;
    const askers: Askers = {
      prefix: `${prefix}${round}-${dead}`,
      crowd: {
        userPrefix: `${prefix}${round}-${dead}`,
        users,
        pools: STRATEGIES.map((strategy) => deadPoolId(strategy, dead)),
        from: 0,
      },
    };
    const requests = users * STRATEGIES.length;
    const pace = { requests, perSecond: requests / SECONDS };
    await load.prepare({ ...request, ...askers, ...pace, path: pathOf(round) });
    const running = load.run();
    const victim = dead === 0 ? undefined : inventories[dead - 1];
    if (victim !== undefined) {
      await sleep(KILL_AFTER_MS);
      await floodgate.kill(victim);
    }
    const result = await running;
    onTold(askers, result);
    return result;
  }
}
