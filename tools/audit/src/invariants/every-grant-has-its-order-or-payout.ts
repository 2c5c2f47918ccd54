import { amountOf, poolKey, type Settlement } from '@floodgate/domain/inventory';
import { type Evidence } from '../evidence';
import { Differences, type Invariant } from '../invariant';
import { type LoggedGrant } from '../log-book';

interface SettledRow {
  readonly id: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly unitNo: number;
  readonly generation: number;
  readonly userId: string;
  readonly grabId: string;
  readonly amountFen: number | string;
}

/**
 * Each grant that the log took has exactly one order, or one payout that is booked in the ledger, for its user, grab and
 * amount; and nothing is ordered, paid out or booked that the log did not grant.
 */
export const everyGrantHasItsOrderOrPayout: Invariant = {
  name: 'every-grant-has-its-order-or-payout',
  async check(evidence) {
    const differences = new Differences();
    const { schemas } = evidence;
    const orders = await matchRows(evidence, 'order', `${schemas.order}.orders`, 'order_id', 'price_fen', differences);
    const payouts = await matchRows(
      evidence,
      'payout',
      `${schemas.prizePayout}.payouts`,
      'payout_id',
      'amount_fen',
      differences,
    );
    await compareBookings(evidence, differences);
    return { figures: `${orders} orders, ${payouts} payouts`, differences };
  },
};

async function matchRows(
  { book, pools, snapshot, scope }: Evidence,
  settlement: Settlement,
  table: string,
  idColumn: string,
  amountColumn: string,
  differences: Differences,
): Promise<number> {
  const matched = new Set<LoggedGrant>();
  let rows = 0;
  for await (const row of snapshot.rows<SettledRow>(
    `SELECT ${idColumn} AS id, campaign_id AS campaignId, pool_id AS poolId, unit_no AS unitNo, generation,
       user_id AS userId, grab_id AS grabId, ${amountColumn} AS amountFen
     FROM ${table} WHERE ${scope.where('campaign_id')}`,
    scope.values,
  )) {
    rows++;
    const pool = book.pools.get(poolKey(row));
    const grant = pool?.pool.settlement === settlement ? pool.grant(row.unitNo, row.generation) : undefined;
    const place = `${settlement} ${row.id} (${poolKey(row)} unit ${row.unitNo}/${row.generation})`;
    if (pool === undefined || grant === undefined) {
      differences.add(`${place} has no grant`);
      continue;
    }
    if (matched.has(grant)) differences.add(`${place} is one too many`);
    matched.add(grant);
    const amountFen = amountOf(pool.pool, grant.unitNo);
    if (row.userId !== grant.userId || row.grabId !== grant.grabId || Number(row.amountFen) !== amountFen) {
      const found = `${row.userId}, grab ${row.grabId}, ${row.amountFen} fen`;
      differences.add(
        `${place} is for ${found}, the grant for ${grant.userId}, grab ${grant.grabId}, ${amountFen} fen`,
      );
    }
  }
  for (const pool of pools) {
    if (pool.pool.settlement !== settlement) continue;
    for (const grant of pool.all()) {
      if (matched.has(grant)) continue;
      differences.add(
        `${pool.key} unit ${grant.unitNo}/${grant.generation}, granted to ${grant.userId}, has no ${settlement}`,
      );
    }
  }
  return rows;
}

/** The booking is the payout's transfer from its pool to its user. UNBOOKED payouts have none, which is what their case says. */
async function compareBookings({ snapshot, schemas, scope }: Evidence, differences: Differences): Promise<void> {
  const transfers = `${schemas.ledger}.transfers`;
  const payouts = `${schemas.prizePayout}.payouts`;
  const unbooked = snapshot.rows<{ id: string }>(
    `SELECT p.payout_id AS id FROM ${payouts} p
     LEFT JOIN ${transfers} t ON t.transfer_id = CONCAT('book:', p.payout_id)
     WHERE ${scope.where('p.campaign_id')} AND NOT (p.state = 'UNBOOKED' AND t.transfer_id IS NULL)
       AND (p.state = 'UNBOOKED' OR t.transfer_id IS NULL OR t.amount_fen <> p.amount_fen
         OR t.debit_account <> CONCAT('pool:', p.campaign_id, ':', p.pool_id)
         OR t.credit_account <> CONCAT('user:', p.user_id))`,
    scope.values,
  );
  for await (const { id } of unbooked) differences.add(`payout ${id} is not booked in the ledger as it should be`);
  const stray = snapshot.rows<{ id: string }>(
    `SELECT t.transfer_id AS id FROM ${transfers} t
     LEFT JOIN ${payouts} p ON p.payout_id = SUBSTRING(t.transfer_id, 6)
     WHERE t.kind = 'BOOK' AND ${scope.where('t.campaign_id')} AND p.payout_id IS NULL`,
    scope.values,
  );
  for await (const { id } of stray) differences.add(`transfer ${id} books no payout`);
}
