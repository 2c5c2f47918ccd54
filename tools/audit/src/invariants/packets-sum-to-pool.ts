import { amountOf, poolKey } from '@floodgate/domain/inventory';
import { Differences, type Invariant } from '../invariant';
import { type PoolBook } from '../log-book';

/**
 * The packets of a pool, all of them, add up to the money that the operator published for it, and each amount in the register
 * is the one that its unit always had.
 */
export const packetsSumToPool: Invariant = {
  name: 'packets-sum-to-pool',
  async check({ book, pools, published, snapshot, schemas, scope }) {
    const differences = new Differences();
    let packets = 0;
    let poolFen = 0;
    for (const pool of pools) {
      const publishedFen = published.get(pool.key)?.spec.packets?.totalFen;
      if (publishedFen === undefined) continue;
      const sumFen = sumOfPackets(pool);
      packets += pool.pool.stock;
      poolFen += sumFen;
      if (sumFen !== Number(publishedFen))
        differences.add(`${pool.key} has packets of ${sumFen} fen for ${publishedFen} fen`);
    }
    let rows = 0;
    for await (const row of snapshot.rows<AmountRow>(
      `SELECT campaign_id AS campaignId, pool_id AS poolId, unit_no AS unitNo, amount_fen AS amountFen
       FROM ${schemas.inventory}.unit_register WHERE ${scope.where('campaign_id')}`,
      scope.values,
    )) {
      rows++;
      const pool = book.pools.get(poolKey(row))?.pool;
      if (pool === undefined || row.unitNo >= pool.stock) continue;
      const amountFen = amountOf(pool, row.unitNo);
      if (Number(row.amountFen) !== amountFen) {
        differences.add(`${poolKey(row)} unit ${row.unitNo} is ${row.amountFen} fen in the register, not ${amountFen}`);
      }
    }
    return { figures: `${packets} packets of ${poolFen} fen; ${rows} amounts in the register`, differences };
  },
};

interface AmountRow {
  readonly campaignId: string;
  readonly poolId: string;
  readonly unitNo: number;
  readonly amountFen: number | string;
}

function sumOfPackets({ pool }: PoolBook): number {
  let sumFen = 0;
  for (let unitNo = 0; unitNo < pool.stock; unitNo++) sumFen += amountOf(pool, unitNo);
  return sumFen;
}
