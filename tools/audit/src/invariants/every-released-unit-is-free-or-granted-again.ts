import { poolKey } from '@floodgate/domain/inventory';
import { type Evidence } from '../evidence';
import { Differences, type Invariant } from '../invariant';
import { type LoggedGrant, type PoolBook } from '../log-book';

interface OrderRow {
  readonly orderId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly unitNo: number;
  readonly generation: number;
  readonly state: string;
  readonly paymentState: string | null;
}

/**
 * The unit of an order that was cancelled or expired is back: the log ended its grab, and the unit is on sale or was granted
 * anew; nobody kept its money. The unit of a paid order is not.
 */
export const everyReleasedUnitIsFreeOrGrantedAgain: Invariant = {
  name: 'every-released-unit-is-free-or-granted-again',
  async check(evidence) {
    const differences = new Differences();
    const count = { onSale: 0, again: 0 };
    for await (const row of orderRows(evidence)) {
      const book = evidence.book.pools.get(poolKey(row));
      const grant = book?.grant(row.unitNo, row.generation);
      // An order without a grant is every-grant-has-its-order-or-payout's.
      if (book === undefined || grant === undefined) continue;
      const wrong = row.state === 'PAID' ? whatIsWrongIfPaid(grant) : whatIsWrongIfEnded(row, book, grant);
      if (wrong !== undefined)
        differences.add(
          `order ${row.orderId} (${book.key} unit ${row.unitNo}/${row.generation}) is ${row.state} and ${wrong}`,
        );
      else if (row.state !== 'PAID') count[book.grant(row.unitNo, row.generation + 1) ? 'again' : 'onSale']++;
    }
    return { figures: `${count.again} granted again, ${count.onSale} on sale`, differences };
  },
};

function orderRows({ snapshot, schemas, scope }: Evidence): AsyncGenerator<OrderRow> {
  return snapshot.rows(
    `SELECT o.order_id AS orderId, o.campaign_id AS campaignId, o.pool_id AS poolId, o.unit_no AS unitNo, o.generation,
       o.state, p.state AS paymentState
     FROM ${schemas.order}.orders o LEFT JOIN ${schemas.order}.payments p ON p.order_id = o.order_id
     WHERE o.state IN ('PAID', 'CANCELLED', 'EXPIRED') AND ${scope.where('o.campaign_id')}`,
    scope.values,
  );
}

function whatIsWrongIfPaid(grant: LoggedGrant): string | undefined {
  return grant.fate === 'ended' ? 'its unit was put on sale again' : undefined;
}

function whatIsWrongIfEnded(row: OrderRow, book: PoolBook, grant: LoggedGrant): string | undefined {
  if (grant.fate === 'held') return `its unit is still held by ${grant.userId}`;
  if (row.paymentState === 'COLLECTED') return 'its money was kept';
  if (grant.fate === 'withdrawn') return undefined;
  if (book.grant(row.unitNo, row.generation + 1) === undefined && !book.isOnSale(row.unitNo))
    return 'its unit is nowhere';
  return undefined;
}
