import { selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type AuditResult } from '../bench';
import { type LoggedWinner } from '../stock-log-filler';

export type RegisteredUnit = Pick<LoggedWinner, 'userId' | 'grabId' | 'unitNo'>;

const EXAMPLES_MAX = 5;

/** The rows of a campaign in the unit register. */
export async function readRegister(sql: Sql, campaignId: string): Promise<RegisteredUnit[]> {
  return selectRows<RegisteredUnit>(
    sql,
    `SELECT user_id AS userId, grab_id AS grabId, unit_no AS unitNo
     FROM fg_inventory.unit_register WHERE campaign_id = ? AND state = 'held'`,
    [campaignId],
  );
}

/** Does the register have exactly the winners of the log? */
export function checkRegister(winners: readonly LoggedWinner[], register: readonly RegisteredUnit[]): AuditResult {
  const byGrab = new Map(register.map((row) => [row.grabId, row]));
  const wrong = winners.filter(({ grabId, userId, unitNo }) => {
    const row = byGrab.get(grabId);
    return row?.userId !== userId || row.unitNo !== unitNo;
  });
  const examples = wrong.slice(0, EXAMPLES_MAX).map(({ userId }) => userId);
  return {
    ok: winners.length > 0 && wrong.length === 0 && register.length === winners.length,
    detail:
      `the register has ${register.length} rows for ${winners.length} grants, ${winners.length - wrong.length} of them right` +
      (wrong.length > 0 ? `; wrong: ${examples.join(', ')}` : ''),
  };
}
