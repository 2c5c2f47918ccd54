import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, type Measurement } from '../bench';
import { sumOf, unexpected } from '../counted-load';
import { type Floodgate } from '../floodgate';
import { ASK_AGAIN, type Askers, type LoadJob, type LoadResult } from '../load/job';
import { type LoadProcess } from '../load/load-process';

export interface KilledInventoryOptions {
  readonly name: string;
  readonly floodgate: Floodgate;
  readonly load: LoadProcess;
  readonly request: Pick<LoadJob, 'port' | 'method' | 'path' | 'body' | 'connections' | 'jwtSecret'>;
  readonly prefix: string;
  /** Winners a second at full speed; half of it is sent. */
  readonly fullSpeed: () => number;
  readonly onTold: (askers: Askers, result: LoadResult) => void;
}

const VICTIM = 'inventory';
const SECONDS = 3;
const KILL_AFTER_MS = 1_000;
const AFTERMATH_MS = 1_000;
const HALF = 0.5;
const WARM_UP_REQUESTS = 20_000;

/** Half of full speed, and in the midst of it the first inventory instance is killed with -9. */
export class KilledInventory implements Contender {
  private jobs = 0;

  constructor(private readonly options: KilledInventoryOptions) {}

  get name(): string {
    return this.options.name;
  }

  /**
   * toldToWait: grabs that were told to wait in the second after the kill. silentMs: the longest time without a winner. Each is
   * asked about again under its grabId, and all must have won.
   */
  async measure(round: number): Promise<Measurement> {
    if (round === 0) return { sample: {}, errors: {} };
    const { floodgate, load, request, prefix, fullSpeed, onTold } = this.options;
    const askers: Askers = { prefix: `${prefix}${this.jobs++}` };
    const perSecond = Math.max(1, fullSpeed() * HALF);
    const requests = Math.ceil(perSecond * SECONDS);
    await load.prepare({ ...request, ...askers, requests, perSecond });
    const running = load.run();
    await sleep(KILL_AFTER_MS);
    const killedAtMs = Date.now();
    const [result] = await Promise.all([running, floodgate.kill(VICTIM)]);
    onTold(askers, result);
    await floodgate.startAgain(VICTIM);
    const again = await this.askAgain(askers, requests);
    const warmUp = await this.warmUp();
    return {
      sample: {
        toldToWait: countWithin(result, 'WAIT', killedAtMs, killedAtMs + AFTERMATH_MS),
        toldToWaitEver: result.outcomes['WAIT'] ?? 0,
        silentMs: longestSilenceMs(result, 'GRANTED'),
      },
      errors: sumOf([
        unexpected(result, ['GRANTED', 'WAIT']),
        unexpected(again, ['GRANTED']),
        unexpected(warmUp, ['GRANTED']),
      ]),
    };
  }

  private async askAgain(askers: Askers, requests: number): Promise<LoadResult> {
    const { load, request, onTold } = this.options;
    await load.prepare({ ...request, ...askers, requests, askAgain: ASK_AGAIN });
    const result = await load.run();
    onTold(askers, result);
    return result;
  }

  /** What the restarted instance has not compiled yet would count against whoever is measured next. */
  private async warmUp(): Promise<LoadResult> {
    const { load, request, prefix, onTold } = this.options;
    const askers: Askers = { prefix: `${prefix}${this.jobs++}` };
    await load.prepare({ ...request, ...askers, requests: WARM_UP_REQUESTS });
    const result = await load.run();
    onTold(askers, result);
    return result;
  }
}

type Answers = Pick<LoadResult, 'outcomes' | 'outcomeNos' | 'answeredAtMs'>;

function timesOf({ outcomes, outcomeNos, answeredAtMs }: Answers, outcome: string): number[] {
  const no = Object.keys(outcomes).indexOf(outcome);
  return [...answeredAtMs].filter((_, index) => outcomeNos[index] === no);
}

/** How many answers of a kind came from one instant to another. */
export function countWithin(answers: Answers, outcome: string, fromMs: number, toMs: number): number {
  return timesOf(answers, outcome).filter((atMs) => atMs >= fromMs && atMs <= toMs).length;
}

/** The longest time between two answers of a kind; 0 for fewer than two. */
export function longestSilenceMs(answers: Answers, outcome: string): number {
  const times = timesOf(answers, outcome).sort((a, b) => a - b);
  return times.reduce((longest, atMs, index) => Math.max(longest, atMs - (times[index - 1] ?? atMs)), 0);
}
