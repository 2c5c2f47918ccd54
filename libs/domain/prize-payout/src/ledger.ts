import { fen, type Fen } from '@floodgate/kernel';

/** Where money stands: the sponsor, a pool, a user, a merchant, or the channel through which it came or went. */
export type Account = string;

/** Ids hold no colon, so two accounts never share a name. */
export const ACCOUNTS = {
  sponsor: (): Account => 'sponsor',
  pool: (campaignId: string, poolId: string): Account => `pool:${campaignId}:${poolId}`,
  user: (userId: string): Account => `user:${userId}`,
  merchant: (campaignId: string): Account => `merchant:${campaignId}`,
  channel: (): Account => 'channel',
} as const;

/**
 * - FUND: the sponsor puts a campaign's money into a pool.
 * - BOOK: a granted packet leaves the pool for its user.
 * - SETTLE: the channel has handed a user's money out.
 * - INCOME: the channel has collected an order's price for the merchant.
 */
export type TransferKind = 'FUND' | 'BOOK' | 'SETTLE' | 'INCOME';

/** An amount that leaves one account and reaches another. A balance is what was credited less what was debited. */
export interface Transfer {
  /** Follows from what caused it, so the same cause can never move money twice. */
  readonly transferId: string;
  readonly debitAccount: Account;
  readonly creditAccount: Account;
  readonly amountFen: Fen;
  readonly kind: TransferKind;
  readonly campaignId: string;
  /** Id of the event, order or payout that caused it. */
  readonly causationId: string;
}

/** Accounts that must never go below zero, and whose balance is kept beside the ledger for that. */
export function isGuarded(account: Account): boolean {
  return account.startsWith('pool:');
}

export interface Posting {
  readonly posted: readonly Transfer[];
  /** Would have overdrawn a guarded account; nothing of them is in the balances. */
  readonly refused: readonly Transfer[];
  /** Guarded accounts after what was posted. */
  readonly balances: ReadonlyMap<Account, Fen>;
}

/**
 * Takes transfers in order, each by itself, against the balances of guarded accounts (an account that is missing has
 * nothing). Throws RangeError for an amount that is not positive or a transfer to itself: such a thing moves nothing.
 */
export function postTransfers(balances: ReadonlyMap<Account, Fen>, transfers: readonly Transfer[]): Posting {
  const after = new Map(balances);
  const posted: Transfer[] = [];
  const refused: Transfer[] = [];
  for (const transfer of transfers) {
    const { debitAccount, creditAccount, amountFen, transferId } = transfer;
    if (amountFen <= 0 || debitAccount === creditAccount) throw new RangeError(`transfer ${transferId} moves nothing`);
    const left = (after.get(debitAccount) ?? 0) - amountFen;
    if (isGuarded(debitAccount) && left < 0) {
      refused.push(transfer);
      continue;
    }
    // After this point it must succeed.
    if (isGuarded(debitAccount)) after.set(debitAccount, fen(left));
    if (isGuarded(creditAccount)) after.set(creditAccount, fen((after.get(creditAccount) ?? 0) + amountFen));
    posted.push(transfer);
  }
  return { posted, refused, balances: after };
}

/** The balance of every account that these transfers touch. They add up to zero, whatever the transfers are. */
export function balancesOf(transfers: readonly Transfer[]): Map<Account, Fen> {
  const balances = new Map<Account, Fen>();
  const add = (account: Account, amount: number) => balances.set(account, fen((balances.get(account) ?? 0) + amount));
  for (const { debitAccount, creditAccount, amountFen } of transfers) {
    add(debitAccount, 0 - amountFen);
    add(creditAccount, amountFen);
  }
  return balances;
}
