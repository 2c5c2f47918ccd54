import { randomUUID } from 'node:crypto';
import { createKafka } from '@floodgate/adapters/kafka';
import { createDataSource } from '@floodgate/adapters/mysql';
import { type Pool } from '@floodgate/domain/inventory';
import { fen } from '@floodgate/kernel';
import { type AuditResult, type Bench, type BenchContext, type PreparedBench } from '../bench';
import { Floodgate } from '../floodgate';
import { SERVERS } from '../local-processes';
import { type EndLater, preparing } from '../prepared';
import { type RowSpec } from '../rows';
import { QUIET_LOG } from '../settings';
import { seatWinners, StockLogFiller } from '../stock-log-filler';
import { RawInsertsRun } from './raw-inserts-run';
import { RecorderRun, type RoundOfGrants } from './recorder-run';
import { checkRegister, readRegister } from './register-audit';

const RAW = 'raw inserts';
const OURS = 'recorder';

const GRANTS = 100_000;
const SHARDS = 8;
const RAW_TABLE = 'fg_inventory.bench_raw';
const HOUR_MS = 3_600_000;

/** From the stock log to the unit register in MySQL and to unit-granted in Kafka. */
export const registerBench: Bench = {
  name: 'register',
  summary: 'one recorder, from the stock log to MySQL and unit-granted, against raw inserts of the same rows',
  minutes: 2,
  rows,
  prepare,
};

function rows(): RowSpec[] {
  const ours = (figure: string) => ({ ours: { contender: OURS, figure } });
  return [
    { name: 'rows', unit: '1/s', ...ours('perSecond'), toReach: { of: 'ours', atLeast: 20_000 } },
    {
      name: 'rows, against raw multi-row inserts',
      unit: '1/s',
      limit: { contender: RAW, figure: 'perSecond' },
      ...ours('perSecond'),
      toReach: { of: 'ratio', atLeast: 0.25 },
    },
    { name: 'rows in a transaction, on average', unit: '', ...ours('rowsPerBatch') },
    { name: 'CPU of all processes for a row', unit: 'us', ...ours('cpuUsPerAnswer') },
    ...['inventory', ...SERVERS].map((name) => ({
      name: `CPU of ${name} for a row`,
      unit: 'us',
      ...ours(`cpuUsPerAnswer.${name}`),
    })),
  ];
}

function prepare(context: BenchContext): Promise<PreparedBench> {
  const { environment, options, say } = context;
  const { cpuProfileDirectory, rounds } = options;
  return preparing(async (endLater) => {
    const grants = Array.from({ length: rounds + 1 }, (_, round) => grantsOfRound(context, round));
    const grantsOf = (round: number): RoundOfGrants => {
      const found = grants[round];
      if (found === undefined) throw new Error(`there are no grants for round ${round}`);
      return found;
    };
    say('starting inventory');
    const floodgate = await Floodgate.start({ environment, apps: ['inventory'], inventories: 1, cpuProfileDirectory });
    endLater(() => floodgate.stop());
    const filler = await StockLogFiller.connect(environment.kafkaBrokers);
    endLater(() => filler.close());
    const admin = createKafka(environment.kafkaBrokers, 'bench', QUIET_LOG).admin();
    await admin.connect();
    endLater(() => admin.disconnect());
    const dataSource = createDataSource({ url: environment.adminUrl, poolSize: 1 });
    await dataSource.initialize();
    endLater(() => dataSource.destroy());
    await dataSource.query(`CREATE TABLE ${RAW_TABLE} LIKE fg_inventory.unit_register`);
    const recorder = new RecorderRun({
      name: OURS,
      filler,
      dataSource,
      admin,
      grantsOf,
      processes: () => floodgate.processes,
      metricsUrl: `http://127.0.0.1:${environment.apps.inventory.httpPort}/metrics`,
    });
    const raw = rawInserts(environment.adminUrl, grantsOf, () => recorder.rowsPerBatch, endLater);
    return {
      contenders: [recorder, raw],
      audit: async () => {
        const results: AuditResult[] = [];
        for (const { pool, winners } of grants) {
          results.push(checkRegister(winners, await readRegister(dataSource, pool.campaignId)));
        }
        const failed = results.find(({ ok }) => !ok);
        const rowCount = grants.reduce((sum, { winners }) => sum + winners.length, 0);
        return (
          failed ?? { ok: true, detail: `all ${rowCount} grants of the log are in the register, and nothing else` }
        );
      },
    };
  });
}

function rawInserts(
  url: string,
  grantsOf: (round: number) => RoundOfGrants,
  rowsPerTransaction: () => number,
  endLater: EndLater,
): RawInsertsRun {
  const raw = new RawInsertsRun({ name: RAW, url, table: RAW_TABLE, grantsOf, rowsPerTransaction });
  endLater(() => raw.stop());
  return raw;
}

function grantsOfRound({ runId, options }: BenchContext, round: number): RoundOfGrants {
  const nowMs = Date.now();
  const count = Math.max(SHARDS, Math.round(GRANTS * options.size));
  const pool: Pool = {
    campaignId: `bench-${runId}-${round}`,
    poolId: 'bench',
    // Homes are not perfectly even, and no shard may be used up.
    stock: count * 2,
    shards: SHARDS,
    strategy: 'sharded-counters',
    settlement: 'order',
    packets: undefined,
    price: { priceFen: fen(100), payWithinMs: HOUR_MS },
    opensAtMs: nowMs,
    closesAtMs: nowMs + HOUR_MS,
  };
  const people = Array.from({ length: count }, (_, index) => ({
    userId: `${runId}-u${index}`,
    // As clients make them: in the index they cost more than short ones.
    grabId: randomUUID(),
  }));
  return { pool, winners: seatWinners(pool, people) };
}
