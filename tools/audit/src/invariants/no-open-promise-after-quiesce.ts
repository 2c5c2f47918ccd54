import { type Evidence } from '../evidence';
import { Differences, type Invariant } from '../invariant';

/** States in which a payout may rest: the channel is asked again, it is re-issued, or a person has its case. */
const RESTING = new Set(['SENT', 'FAILED', 'UNBOOKED']);

/**
 * Nothing is left to be done that nobody will do: payouts have arrived or rest in a state with a way on, which is listed;
 * orders have ended or are paid; payments are sure.
 */
export const noOpenPromiseAfterQuiesce: Invariant = {
  name: 'no-open-promise-after-quiesce',
  async check(evidence) {
    const differences = new Differences();
    const payouts = await statesOf(evidence, `${evidence.schemas.prizePayout}.payouts`);
    const orders = await statesOf(evidence, `${evidence.schemas.order}.orders`);
    for (const { kind, statement } of openPromises(evidence)) {
      for await (const { id, state } of evidence.snapshot.rows<OpenRow>(statement, evidence.scope.values)) {
        differences.add(`${kind} ${id} is ${state}`);
      }
    }
    return { figures: `payouts: ${payouts}; orders: ${orders}`, differences };
  },
};

interface OpenRow {
  readonly id: string;
  readonly state: string;
}

async function statesOf({ snapshot, scope }: Evidence, table: string): Promise<string> {
  const states: string[] = [];
  for await (const { state, times } of snapshot.rows<{ state: string; times: number }>(
    `SELECT state, COUNT(*) AS times FROM ${table} WHERE ${scope.where('campaign_id')} GROUP BY state ORDER BY state`,
    scope.values,
  )) {
    states.push(`${times} ${state}`);
  }
  return states.join(', ') || 'none';
}

function openPromises({ schemas, scope }: Evidence): { kind: string; statement: string }[] {
  const resting = [...RESTING, 'SETTLED'].map((state) => `'${state}'`).join(', ');
  return [
    {
      kind: 'payout',
      statement: `SELECT payout_id AS id, state FROM ${schemas.prizePayout}.payouts
        WHERE ${scope.where('campaign_id')} AND state NOT IN (${resting})`,
    },
    {
      kind: 'payout without a case',
      statement: `SELECT p.payout_id AS id, p.state FROM ${schemas.prizePayout}.payouts p
        LEFT JOIN ${schemas.prizePayout}.cases c ON c.case_id = CONCAT('PAYOUT_UNBOOKED:', p.payout_id)
        WHERE ${scope.where('p.campaign_id')} AND p.state = 'UNBOOKED' AND c.case_id IS NULL`,
    },
    {
      kind: 'order',
      statement: `SELECT order_id AS id, state FROM ${schemas.order}.orders
        WHERE ${scope.where('campaign_id')} AND state NOT IN ('PAID', 'CANCELLED', 'EXPIRED')`,
    },
    {
      kind: 'payment of order',
      statement: `SELECT p.order_id AS id, p.state FROM ${schemas.order}.payments p
        JOIN ${schemas.order}.orders o ON o.order_id = p.order_id
        WHERE ${scope.where('o.campaign_id')} AND p.state NOT IN ('COLLECTED', 'CLOSED', 'REFUNDED')`,
    },
  ];
}
