import { setTimeout as sleep } from 'node:timers/promises';
import { StackTrouble } from '@floodgate/tools/stack';
import { type Contender, type Measurement } from '../bench';
import { HttpConnection } from '../load/http-connection';
import { type Askers, grabIdOf, NO_UNIT, refusalOf, userIdOf } from '../load/job';
import { ask } from '../load/one-request';
import { readAnswer } from '../load/run-job';
import { percentileOf } from '../statistics';
import { type ToldUnits } from '../told-winners';

export interface SellOutSpreadOptions {
  readonly name: string;
  /** One port a gateway. */
  readonly ports: readonly number[];
  /** The small pools of a round, none of which anything is granted of yet. */
  readonly poolsOf: (round: number) => readonly SmallPool[];
  readonly prefix: string;
  readonly tokenOf: (userId: string) => string;
  readonly onTold: (told: ToldUnits) => void;
}

export interface SmallPool {
  readonly campaignId: string;
  readonly poolId: string;
  readonly stock: number;
}

const SOLD_OUT = [refusalOf('SOLD_OUT'), refusalOf('SOLD_OUT_FOR_NOW')];
/** A body that no gateway takes: a gateway that looks at it does not know yet that nothing is left. */
const NO_GRAB = '{"probe":true}';
const LOOKED_AT_BODY = refusalOf('INVALID_REQUEST');
const PROBE_EVERY_MS = 1;
const KNOWN_MS_MAX = 5_000;
const ASK_AGAIN_MS = 20;
const ASK_TIMES_MAX = 250;

/** Sells out one small pool after the other, and asks every gateway until it refuses before it looks at the body. */
export class SellOutSpread implements Contender {
  private connections: readonly HttpConnection[] | undefined;

  constructor(private readonly options: SellOutSpreadOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** Over all pools: from the answer to the last winner until the last gateway knew, and until the first did. */
  async measure(round: number): Promise<Measurement> {
    const lastMs: number[] = [];
    const firstMs: number[] = [];
    const errors: Record<string, number> = {};
    for (const pool of this.options.poolsOf(round)) {
      const soldOutAtMs = await this.sellOut(pool);
      const connections = await this.connect();
      const knownMs = await Promise.all(
        connections.map((connection) => this.untilKnown(connection, pool, soldOutAtMs)),
      );
      if (knownMs.includes(Infinity)) errors['NOT_KNOWN'] = (errors['NOT_KNOWN'] ?? 0) + 1;
      lastMs.push(Math.min(Math.max(...knownMs), KNOWN_MS_MAX));
      firstMs.push(Math.min(Math.min(...knownMs), KNOWN_MS_MAX));
    }
    const sorted = { last: lastMs.sort((a, b) => a - b), first: firstMs.sort((a, b) => a - b) };
    return {
      sample: {
        lastP50Ms: percentileOf(sorted.last, 50),
        lastP99Ms: percentileOf(sorted.last, 99),
        firstP50Ms: percentileOf(sorted.first, 50),
      },
      errors,
    };
  }

  close(): void {
    for (const connection of this.connections ?? []) connection.close();
  }

  private async connect(): Promise<readonly HttpConnection[]> {
    if (this.connections === undefined) {
      this.connections = this.options.ports.map((port) => new HttpConnection(port));
      await Promise.all(this.connections.map((connection) => connection.open()));
    }
    return this.connections;
  }

  /** Grabs every unit, through all gateways in turn; returns when the last answer came. */
  private async sellOut(pool: SmallPool): Promise<number> {
    const connections = await this.connect();
    const askers: Askers = { prefix: `${this.options.prefix}-${pool.poolId}` };
    const unitNos = new Int32Array(pool.stock).fill(NO_UNIT);
    for (let index = 0; index < pool.stock; index++) {
      const connection = connections[index % connections.length];
      if (connection !== undefined) unitNos[index] = await this.grab(connection, pool, askers, index);
    }
    const soldOutAtMs = performance.now();
    this.options.onTold({ askers, unitNos });
    return soldOutAtMs;
  }

  private async grab(connection: HttpConnection, pool: SmallPool, askers: Askers, index: number): Promise<number> {
    const token = this.options.tokenOf(userIdOf(askers, index));
    const path = pathOf(pool, grabIdOf(askers, index));
    let outcome = '';
    for (let times = 0; times < ASK_TIMES_MAX; times++) {
      const answer = readAnswer(await ask(connection, { method: 'PUT', path, token, body: '{}' }));
      if (answer.outcome === 'GRANTED') return answer.unitNo;
      outcome = answer.outcome;
      await sleep(ASK_AGAIN_MS);
    }
    throw new StackTrouble(`A unit of ${pool.poolId} that is left was not granted: ${outcome}.`);
  }

  /** Milliseconds from the sell-out until this gateway knew of it; Infinity when it did not within 5 s. */
  private async untilKnown(connection: HttpConnection, pool: SmallPool, soldOutAtMs: number): Promise<number> {
    const askers: Askers = { prefix: `${this.options.prefix}-probe` };
    const path = pathOf(pool, grabIdOf(askers, 0));
    const token = this.options.tokenOf(userIdOf(askers, 0));
    for (;;) {
      const { outcome } = readAnswer(await ask(connection, { method: 'PUT', path, token, body: NO_GRAB }));
      const sinceMs = performance.now() - soldOutAtMs;
      if (SOLD_OUT.includes(outcome)) return sinceMs;
      if (outcome !== LOOKED_AT_BODY) throw new StackTrouble(`A gateway answered a probe with ${outcome}.`);
      if (sinceMs > KNOWN_MS_MAX) return Infinity;
      await sleep(PROBE_EVERY_MS);
    }
  }
}

const pathOf = ({ campaignId, poolId }: SmallPool, grabId: string) =>
  `/campaigns/${campaignId}/pools/${poolId}/grabs/${grabId}`;
