import { type ChannelAnswer, type ChannelState, type Fen } from '@floodgate/kernel';
import { type Account, type Transfer } from './ledger';
import { type Payout } from './payout';
import { type PayoutCase } from './payout-case';

/** The outside system that pays. It never throws: trouble on the way is `unknown`. */
export interface PayoutChannel {
  /** The same number again is the same payment; one that failed is tried again. */
  pay(number: string, userId: string, amountFen: Fen): Promise<ChannelAnswer>;
  query(number: string): Promise<ChannelState>;
}

/** The plan's say in payouts that failed. */
export interface PayoutPlan {
  /** Of the re-issue job: from 0 (off) to 1 (full pace). */
  reissuePace(): Promise<number>;
  /** True: what the channel refuses is left to the re-issue job. False: it is tried once more, at once. */
  queued(): Promise<boolean>;
}

export type PayoutHappening =
  | { readonly kind: 'settled'; readonly payout: Payout }
  | { readonly kind: 'failed'; readonly payout: Payout; readonly reason: string };

/** What the plan needs to know of a campaign. */
export interface KnownCampaign {
  readonly campaignId: string;
  readonly t0Ms: number;
  readonly settleByMs: number;
}

/** Ledger, payouts and cases within one transaction: all that is done through it commits together, or nothing does. */
export interface PayoutBook {
  /** Which of these transfers are in the ledger. */
  existingTransfers(transferIds: readonly string[]): Promise<ReadonlySet<string>>;
  appendTransfers(transfers: readonly Transfer[]): Promise<void>;
  /** Opens a guarded account with its first balance; nothing when it is open. */
  openAccount(account: Account, balanceFen: Fen): Promise<void>;
  /** Balances of those accounts that are open, locked in one order for all until the end of the transaction. */
  lockBalances(accounts: readonly Account[]): Promise<Map<Account, Fen>>;
  saveBalances(balances: ReadonlyMap<Account, Fen>): Promise<void>;
  existingPayouts(payoutIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** A BOOKED one is due at once. */
  insertPayouts(payouts: readonly Payout[], nowMs: number): Promise<void>;
  lockPayouts(payoutIds: readonly string[]): Promise<Payout[]>;
  markSettled(payoutIds: readonly string[]): Promise<void>;
  /** Undefined: not to be tried again by itself. */
  markFailed(payoutIds: readonly string[], retryAtMs: number | undefined): Promise<void>;
  /** Cases that are open already are left as they are. */
  openCases(cases: readonly PayoutCase[], nowMs: number): Promise<void>;
  rememberCampaign(campaign: KnownCampaign): Promise<void>;
  /** Notes events that are published when the transaction commits. */
  announce(happenings: readonly PayoutHappening[]): Promise<void>;
}

export interface PayoutStore {
  /** Runs again from the start after a deadlock, so `work` must have no effect outside. */
  inTransaction<T>(work: (book: PayoutBook) => Promise<T>): Promise<T>;
  /** The payouts that this grabId led to, of whichever user. */
  findByGrab(campaignId: string, poolId: string, grabId: string): Promise<Payout[]>;
  /** How many grants of a pool have arrived, whatever became of their payouts. */
  countOfPool(campaignId: string, poolId: string): Promise<number>;
  /**
   * Takes due payouts, first in first out, and commits them as SENT with one more attempt, not due again until
   * `leaseMs` have passed. Several instances share them; nobody gets one twice.
   */
  claimToSend(from: 'BOOKED' | 'FAILED', nowMs: number, leaseMs: number, max: number): Promise<Payout[]>;
  /** Takes those of these payouts that were refused at their first attempt, and may be tried again, without waiting until they are due. */
  claimRefused(payoutIds: readonly string[], nowMs: number, leaseMs: number): Promise<Payout[]>;
  /** Takes SENT payouts whose answer is overdue, counts the ask, and puts their next turn off by `leaseMs`. */
  claimToAsk(nowMs: number, leaseMs: number, max: number): Promise<Payout[]>;
}
