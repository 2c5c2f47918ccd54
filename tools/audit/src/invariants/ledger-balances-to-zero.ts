import { Differences, type Invariant } from '../invariant';
import { ACCOUNT_MOVEMENTS } from './account-movements';

/** Accounts that the books know: DOUBLE_SIDED may be below zero, the others hold what is somebody's. */
const DOUBLE_SIDED = new Set(['sponsor', 'channel']);
const OWNED = /^(pool:[^:]+:[^:]+|user:[^:]+|merchant:[^:]+)$/;

/** Over all accounts of the books the money adds up to nothing, and no person's or merchant's account is below zero. */
export const ledgerBalancesToZero: Invariant = {
  name: 'ledger-balances-to-zero',
  async check({ snapshot, schemas }) {
    const differences = new Differences();
    let accounts = 0;
    let sumFen = 0;
    for await (const { account, balanceFen } of snapshot.rows<{ account: string; balanceFen: string }>(
      `SELECT account, SUM(delta_fen) AS balanceFen FROM ${ACCOUNT_MOVEMENTS(schemas.ledger)} GROUP BY account`,
    )) {
      accounts++;
      const isOwned = OWNED.test(account);
      if (isOwned || DOUBLE_SIDED.has(account)) sumFen += Number(balanceFen);
      else differences.add(`${balanceFen} fen are on "${account}", which is no account of the books`);
      // What a pool may hold over time is pool-never-overdrawn's.
      if (isOwned && !account.startsWith('pool:') && Number(balanceFen) < 0) {
        differences.add(`${account} is at ${balanceFen} fen`);
      }
    }
    if (sumFen !== 0) differences.add(`all accounts together are at ${sumFen} fen`);
    return { figures: `${accounts} accounts, together ${sumFen} fen`, differences };
  },
};
