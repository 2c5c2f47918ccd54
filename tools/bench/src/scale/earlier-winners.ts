import { createKafka } from '@floodgate/adapters/kafka';
import { createDataSource } from '@floodgate/adapters/mysql';
import { type Pool } from '@floodgate/domain/inventory';
import { type BenchContext } from '../bench';
import { untilLogRecorded } from '../recorder-progress';
import { type SaleSpec } from '../sale';
import { QUIET_LOG } from '../settings';
import { type LoggedWinner, StockLogFiller } from '../stock-log-filler';

/** Those who have won in a pool before the bench begins. */
export interface EarlierWinners {
  readonly pool: Pool;
  readonly winners: readonly LoggedWinner[];
}

const RECORD_MS_MAX = 180_000;

/** Writes their grants into the stock log, and waits until the recorder has taken them. */
export async function fillLog({ environment, say }: BenchContext, all: readonly EarlierWinners[]): Promise<void> {
  const filler = await StockLogFiller.connect(environment.kafkaBrokers);
  const admin = createKafka(environment.kafkaBrokers, 'bench', QUIET_LOG).admin();
  const dataSource = createDataSource({ url: environment.auditUrl, poolSize: 1 });
  try {
    await Promise.all([admin.connect(), dataSource.initialize()]);
    const count = all.reduce((sum, { winners }) => sum + winners.length, 0);
    say(`writing ${count} earlier winners into the stock log`);
    for (const { pool, winners } of all) await filler.send(filler.granted(pool, winners));
    say('waiting until they are recorded');
    await untilLogRecorded(dataSource, admin, RECORD_MS_MAX);
  } finally {
    await Promise.all([filler.close(), admin.disconnect(), dataSource.destroy()]);
  }
}

/** As much of a published pool as seating winners and writing their grants needs. */
export function poolToFill(sales: readonly SaleSpec[], campaignId: string, poolId: string): Pool {
  const sale = sales.find((one) => one.campaignId === campaignId);
  const found = sale?.pools.find((pool) => pool.poolId === poolId);
  if (found === undefined) throw new Error(`there is no pool ${campaignId}/${poolId}`);
  const { stock, shards } = found;
  return {
    campaignId,
    poolId,
    stock,
    shards,
    strategy: 'sharded-counters',
    settlement: 'order',
    packets: undefined,
    price: undefined,
    opensAtMs: 0,
    closesAtMs: 0,
  };
}
