import { type Evidence } from '../evidence';
import { Differences, type Invariant } from '../invariant';

/**
 * Each movement on the channel's own statement is in the ledger once, with its amount, and the other way round. Money that the
 * channel has moved while its answer is still being asked for is on its way, and counted as that.
 */
export const ledgerEqualsChannelStatement: Invariant = {
  name: 'ledger-equals-channel-statement',
  async check(evidence) {
    const differences = new Differences();
    const { snapshot } = evidence;
    for (const { statement, say } of contradictions(evidence)) {
      for await (const row of snapshot.rows<Contradiction>(statement))
        differences.add(`${say} ${row.id} of ${row.fen} fen`);
    }
    const sums: string[] = [];
    for await (const { direction, entries, fen } of snapshot.rows<{ direction: string; entries: number; fen: string }>(
      `SELECT direction, COUNT(*) AS entries, SUM(amount_fen) AS fen FROM ${evidence.schemas.channel}.channel_entries
       WHERE state = 'DONE' GROUP BY direction ORDER BY direction`,
    )) {
      sums.push(`${direction} ${entries} of ${fen} fen`);
    }
    const onTheWay: string[] = [];
    for await (const { entries } of snapshot.rows<{ entries: number }>(onTheWayOf(evidence))) {
      onTheWay.push(`${entries} on the way`);
    }
    return { figures: `statement: ${[...sums, ...onTheWay].join(', ') || 'empty'}`, differences };
  },
};

interface Contradiction {
  readonly id: string;
  readonly fen: number | string;
}

const UNSURE_PAYMENTS = `('COLLECTING', 'CLOSING', 'REFUNDING')`;

function contradictions({ schemas }: Evidence): { say: string; statement: string }[] {
  const entries = `${schemas.channel}.channel_entries`;
  const transfers = `${schemas.ledger}.transfers`;
  const payouts = `${schemas.prizePayout}.payouts`;
  const payments = `${schemas.order}.payments`;
  const done = (alias: string, direction: string) => `${alias}.direction = '${direction}' AND ${alias}.state = 'DONE'`;
  return [
    {
      say: 'the channel paid and the ledger did not settle',
      statement: `
        SELECT c.number AS id, c.amount_fen AS fen FROM ${entries} c
        LEFT JOIN ${transfers} t ON t.transfer_id = CONCAT('settle:', c.number)
        LEFT JOIN ${payouts} p ON p.payout_id = c.number
        WHERE ${done('c', 'PAY')} AND (t.transfer_id IS NULL OR t.amount_fen <> c.amount_fen
          OR t.debit_account <> CONCAT('user:', c.user_id) OR t.credit_account <> 'channel')
          AND NOT (t.transfer_id IS NULL AND COALESCE(p.state, '') IN ('SENT', 'FAILED'))`,
    },
    {
      say: 'the ledger settled and the channel did not pay',
      statement: `
        SELECT t.transfer_id AS id, t.amount_fen AS fen FROM ${transfers} t
        LEFT JOIN ${entries} c ON c.number = SUBSTRING(t.transfer_id, 8) AND ${done('c', 'PAY')}
        WHERE t.kind = 'SETTLE' AND c.number IS NULL`,
    },
    {
      say: 'a payout is settled and the ledger has not settled it',
      statement: `
        SELECT p.payout_id AS id, p.amount_fen AS fen FROM ${payouts} p
        LEFT JOIN ${transfers} t ON t.transfer_id = CONCAT('settle:', p.payout_id)
        WHERE p.state = 'SETTLED' AND t.transfer_id IS NULL`,
    },
    {
      say: 'the channel collected and it is not exactly one of income and refunded',
      statement: `
        SELECT c.number AS id, c.amount_fen AS fen FROM ${entries} c
        LEFT JOIN ${transfers} t ON t.transfer_id = CONCAT('income:', c.number) AND t.amount_fen = c.amount_fen
          AND t.debit_account = 'channel'
        LEFT JOIN ${entries} r ON r.number = CONCAT(c.number, '-refund') AND ${done('r', 'REFUND')}
          AND r.amount_fen = c.amount_fen AND r.user_id = c.user_id
        LEFT JOIN ${payments} p ON p.order_id = c.number
        WHERE ${done('c', 'COLLECT')} AND c.amount_fen > 0
          AND (t.transfer_id IS NULL) = (r.number IS NULL)
          AND NOT (t.transfer_id IS NULL AND r.number IS NULL AND COALESCE(p.state, '') IN ${UNSURE_PAYMENTS})`,
    },
    {
      say: 'the ledger has income that the channel did not collect:',
      statement: `
        SELECT t.transfer_id AS id, t.amount_fen AS fen FROM ${transfers} t
        LEFT JOIN ${entries} c ON c.number = SUBSTRING(t.transfer_id, 8) AND ${done('c', 'COLLECT')}
        WHERE t.kind = 'INCOME' AND c.number IS NULL`,
    },
    {
      say: 'the channel refunded what it had not collected:',
      statement: `
        SELECT r.number AS id, r.amount_fen AS fen FROM ${entries} r
        LEFT JOIN ${entries} c ON r.number = CONCAT(c.number, '-refund') AND ${done('c', 'COLLECT')}
          AND c.amount_fen = r.amount_fen
        WHERE ${done('r', 'REFUND')} AND c.number IS NULL`,
    },
  ];
}

function onTheWayOf({ schemas }: Evidence): string {
  return `
    SELECT COUNT(*) AS entries FROM ${schemas.channel}.channel_entries c
    LEFT JOIN ${schemas.ledger}.transfers t ON t.transfer_id = CONCAT('settle:', c.number)
    LEFT JOIN ${schemas.prizePayout}.payouts p ON p.payout_id = c.number
    LEFT JOIN ${schemas.order}.payments o ON o.order_id = c.number
    WHERE c.state = 'DONE' AND ((c.direction = 'PAY' AND t.transfer_id IS NULL AND p.state IN ('SENT', 'FAILED'))
      OR (c.direction = 'COLLECT' AND o.state IN ${UNSURE_PAYMENTS}))`;
}
