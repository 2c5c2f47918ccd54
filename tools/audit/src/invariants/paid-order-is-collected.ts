import { Differences, type Invariant } from '../invariant';

interface PaidOrder {
  readonly orderId: string;
  readonly userId: string;
  readonly priceFen: number | string;
  readonly paymentState: string | null;
  readonly entryState: string | null;
  readonly entryUserId: string | null;
  readonly entryFen: number | string | null;
  readonly refundState: string | null;
}

/** For each paid order the channel has collected exactly its price from its user, and has not given it back. */
export const paidOrderIsCollected: Invariant = {
  name: 'paid-order-is-collected',
  async check({ snapshot, schemas, scope }) {
    const differences = new Differences();
    let orders = 0;
    for await (const row of snapshot.rows<PaidOrder>(
      `SELECT o.order_id AS orderId, o.user_id AS userId, o.price_fen AS priceFen, p.state AS paymentState,
         c.state AS entryState, c.user_id AS entryUserId, c.amount_fen AS entryFen, r.state AS refundState
       FROM ${schemas.order}.orders o
       LEFT JOIN ${schemas.order}.payments p ON p.order_id = o.order_id
       LEFT JOIN ${schemas.channel}.channel_entries c ON c.number = o.order_id AND c.direction = 'COLLECT'
       LEFT JOIN ${schemas.channel}.channel_entries r ON r.number = CONCAT(o.order_id, '-refund')
       WHERE o.state = 'PAID' AND ${scope.where('o.campaign_id')}`,
      scope.values,
    )) {
      orders++;
      const wrong = whatIsWrong(row);
      if (wrong !== undefined) differences.add(`order ${row.orderId} of ${row.userId} is paid and ${wrong}`);
    }
    return { figures: `${orders} paid orders`, differences };
  },
};

function whatIsWrong(row: PaidOrder): string | undefined {
  if (row.paymentState !== 'COLLECTED') return `its payment is ${row.paymentState ?? 'missing'}`;
  if (row.entryState !== 'DONE') return `the channel's entry is ${row.entryState ?? 'missing'}`;
  if (row.entryUserId !== row.userId) return `the channel collected from ${row.entryUserId}`;
  if (Number(row.entryFen) !== Number(row.priceFen))
    return `the channel collected ${row.entryFen} fen, not ${row.priceFen}`;
  if (row.refundState === 'DONE') return 'was refunded';
  return undefined;
}
