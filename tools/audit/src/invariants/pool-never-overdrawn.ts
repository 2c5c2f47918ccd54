import { Differences, type Invariant } from '../invariant';
import { ACCOUNT_MOVEMENTS } from './account-movements';

interface Movement {
  readonly account: string;
  readonly atMs: number;
  readonly deltaFen: string;
}

/** At no instant of the ledger had more left a pool than had come in. */
export const poolNeverOverdrawn: Invariant = {
  name: 'pool-never-overdrawn',
  async check({ snapshot, schemas }) {
    const differences = new Differences();
    let pools = 0;
    let current = { account: '', balanceFen: 0, isReported: false };
    for await (const { account, atMs, deltaFen } of snapshot.rows<Movement>(
      `SELECT account, created_at_ms AS atMs, SUM(delta_fen) AS deltaFen FROM ${ACCOUNT_MOVEMENTS(schemas.ledger)}
       WHERE account LIKE 'pool:%' GROUP BY account, created_at_ms ORDER BY account, created_at_ms`,
    )) {
      if (account !== current.account) {
        pools++;
        current = { account, balanceFen: 0, isReported: false };
      }
      current.balanceFen += Number(deltaFen);
      if (current.balanceFen < 0 && !current.isReported) {
        current.isReported = true;
        differences.add(`${account} was at ${current.balanceFen} fen at ${atMs}`);
      }
    }
    return { figures: `${pools} pool accounts`, differences };
  },
};
