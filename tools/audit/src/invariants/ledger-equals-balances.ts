import { Differences, type Invariant } from '../invariant';
import { ACCOUNT_MOVEMENTS } from './account-movements';

/** The balance kept beside the ledger for each pool is what the ledger's transfers come to, both ways. */
export const ledgerEqualsBalances: Invariant = {
  name: 'ledger-equals-balances',
  async check({ snapshot, schemas }) {
    const differences = new Differences();
    const kept = new Map<string, number>();
    for await (const { account, balanceFen } of snapshot.rows<{ account: string; balanceFen: number | string }>(
      `SELECT account, balance_fen AS balanceFen FROM ${schemas.prizePayout}.account_balances`,
    )) {
      kept.set(account, Number(balanceFen));
    }
    const accounts = kept.size;
    for await (const { account, balanceFen } of snapshot.rows<{ account: string; balanceFen: string }>(
      `SELECT account, SUM(delta_fen) AS balanceFen FROM ${ACCOUNT_MOVEMENTS(schemas.ledger)}
       WHERE account LIKE 'pool:%' GROUP BY account`,
    )) {
      const keptFen = kept.get(account);
      kept.delete(account);
      if (keptFen !== Number(balanceFen)) {
        differences.add(`${account} is at ${balanceFen} fen in the ledger and ${keptFen ?? 'nowhere'} beside it`);
      }
    }
    for (const [account, keptFen] of kept) {
      if (keptFen !== 0)
        differences.add(`${account} is said to be at ${keptFen} fen, and the ledger knows nothing of it`);
    }
    return { figures: `${accounts} guarded balances`, differences };
  },
};
