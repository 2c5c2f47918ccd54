import { TOPICS } from '@floodgate/contracts';
import { type Pool } from '@floodgate/domain/inventory';
import { StackTrouble } from '@floodgate/tools/stack';
import { type Admin } from 'kafkajs';
import { type DataSource } from 'typeorm';
import { type Contender, type Measurement } from '../bench';
import { cpuPerAnswer } from '../counted-load';
import { type NamedProcess, readCpu, shareInUse, spentBetween, untilAtRest } from '../process-cpu';
import { untilLogRecorded } from '../recorder-progress';
import { type LoggedWinner, type StockLogFiller } from '../stock-log-filler';

/** The grants of a round, in a pool of their own. */
export interface RoundOfGrants {
  readonly pool: Pool;
  readonly winners: readonly LoggedWinner[];
}

export interface RecorderRunOptions {
  readonly name: string;
  readonly filler: StockLogFiller;
  /** Of an account that may read the register. */
  readonly dataSource: DataSource;
  readonly admin: Admin;
  readonly grantsOf: (round: number) => RoundOfGrants;
  readonly processes: () => readonly NamedProcess[];
  /** Of the inventory instance, which counts the recorder's batches. */
  readonly metricsUrl: string;
}

const RECORD_MS_MAX = 60_000;
const BATCHES = /^floodgate_recorder_batches_total (\S+)/m;

/** Writes a round's grants into the stock log at once, and waits until the recorder of the running app has taken them. */
export class RecorderRun implements Contender {
  private idleShare: number | undefined;
  private lastRowsPerBatch: number | undefined;

  constructor(private readonly options: RecorderRunOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** Rows in one of the recorder's transactions, on average, when it was measured last. */
  get rowsPerBatch(): number {
    if (this.lastRowsPerBatch === undefined) throw new Error(`${this.name} is not measured yet`);
    return this.lastRowsPerBatch;
  }

  /** perSecond: rows from the first record's send until the offset of the last is raised. */
  async measure(round: number): Promise<Measurement> {
    const { filler, grantsOf, processes } = this.options;
    const { pool, winners } = grantsOf(round);
    await filler.send(filler.created(pool));
    const records = filler.granted(pool, winners);
    const all = processes();
    this.idleShare ??= await shareInUse(all);
    await untilAtRest(all, this.idleShare);
    const before = { events: await this.eventCount(), batches: await this.batchCount(), cpu: readCpu(all) };
    const startedAtMs = performance.now();
    await filler.send(records);
    await untilLogRecorded(this.options.dataSource, this.options.admin, RECORD_MS_MAX);
    const wallMs = performance.now() - startedAtMs;
    const cpu = spentBetween(before.cpu, readCpu(all));
    const events = (await this.eventCount()) - before.events;
    const rowsPerBatch = winners.length / Math.max(1, (await this.batchCount()) - before.batches);
    this.lastRowsPerBatch = rowsPerBatch;
    return {
      sample: { perSecond: (winners.length / wallMs) * 1_000, rowsPerBatch, ...cpuPerAnswer(cpu, winners.length) },
      errors: events === winners.length ? {} : { [`${events} events for ${winners.length} grants`]: 1 },
    };
  }

  private async eventCount(): Promise<number> {
    const offsets = await this.options.admin.fetchTopicOffsets(TOPICS.unitGranted.name);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  }

  private async batchCount(): Promise<number> {
    const response = await fetch(this.options.metricsUrl, { signal: AbortSignal.timeout(10_000) });
    const count = BATCHES.exec(await response.text())?.[1];
    if (count === undefined)
      throw new StackTrouble(`${this.options.metricsUrl} does not count the recorder's batches.`);
    return Number(count);
  }
}
