import { setTimeout as sleep } from 'node:timers/promises';
import { selectRows } from '@floodgate/adapters/mysql';
import { TOPICS } from '@floodgate/contracts';
import { type Pool } from '@floodgate/domain/inventory';
import { StackTrouble } from '@floodgate/tools/stack';
import { type Admin } from 'kafkajs';
import { type DataSource } from 'typeorm';
import { type Contender, type Measurement } from '../bench';
import { cpuPerAnswer } from '../counted-load';
import { type NamedProcess, readCpu, shareInUse, spentBetween, untilAtRest } from '../process-cpu';
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

const POLL_MS = 20;
const RECORD_MS_MAX = 60_000;
const BATCHES = /^floodgate_inventory_recorder_batches_total (\S+)/m;

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
    await this.untilRecorded(await this.logEnds());
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

  private async logEnds(): Promise<Map<number, number>> {
    const offsets = await this.options.admin.fetchTopicOffsets(TOPICS.stockLog.name);
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  }

  private async untilRecorded(ends: ReadonlyMap<number, number>): Promise<void> {
    const giveUpAtMs = performance.now() + RECORD_MS_MAX;
    for (;;) {
      const rows = await selectRows<{ partitionNo: number; nextOffset: number }>(
        this.options.dataSource,
        'SELECT partition_no AS partitionNo, next_offset AS nextOffset FROM fg_inventory.recorder_offsets',
      );
      const recorded = new Map(rows.map(({ partitionNo, nextOffset }) => [partitionNo, Number(nextOffset)]));
      if ([...ends].every(([partition, end]) => (recorded.get(partition) ?? 0) >= end)) return;
      if (performance.now() > giveUpAtMs) {
        throw new StackTrouble(`The recorder has not taken the round's grants within ${RECORD_MS_MAX / 1_000} s.`);
      }
      await sleep(POLL_MS);
    }
  }

  private async eventCount(): Promise<number> {
    const offsets = await this.options.admin.fetchTopicOffsets(TOPICS.unitGranted.name);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  }

  private async batchCount(): Promise<number> {
    const response = await fetch(this.options.metricsUrl, { signal: AbortSignal.timeout(10_000) });
    return Number(BATCHES.exec(await response.text())?.[1] ?? 0);
  }
}
