import { type Fen } from '@floodgate/kernel';
import { ACCOUNTS, postTransfers, type Transfer } from './ledger';
import { type Payout } from './payout';
import { caseOf } from './payout-case';
import { type PayoutBook } from './ports';

/** A packet that the stock log gave to a user. */
export interface GrantedPacket {
  readonly eventId: string;
  readonly payoutId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly unitNo: number;
  readonly generation: number;
  readonly grabId: string;
  readonly userId: string;
  readonly amountFen: Fen;
}

/** The pool's campaign-published has not been taken yet: the grants must wait for it, in order. */
export class PoolNotFunded extends Error {}

/**
 * Books each granted packet that is new: pool to user, and a payout that is due. The pool's balance is locked once for the
 * whole batch. What the pool cannot pay is kept as UNBOOKED with a case, never dropped. Throws PoolNotFunded.
 */
export async function bookPayouts(book: PayoutBook, grants: readonly GrantedPacket[], nowMs: number): Promise<void> {
  const fresh = await freshGrants(book, grants);
  if (fresh.length === 0) return;
  const pools = [...new Set(fresh.map((grant) => ACCOUNTS.pool(grant.campaignId, grant.poolId)))];
  const balances = await book.lockBalances(pools);
  const closed = pools.find((pool) => !balances.has(pool));
  if (closed !== undefined) throw new PoolNotFunded(`${closed} is not funded yet`);
  const posting = postTransfers(balances, fresh.map(toTransfer));
  const booked = new Set(posting.posted.map(({ transferId }) => transferId));
  const payouts = fresh.map((grant) => toPayout(grant, booked.has(bookingIdOf(grant.payoutId))));
  await book.appendTransfers(posting.posted);
  await book.saveBalances(posting.balances);
  await book.insertPayouts(payouts, nowMs);
  const unbooked = payouts.filter(({ state }) => state === 'UNBOOKED');
  await book.openCases(
    unbooked.map((payout) => caseOf('PAYOUT_UNBOOKED', payout)),
    nowMs,
  );
}

async function freshGrants(book: PayoutBook, grants: readonly GrantedPacket[]): Promise<GrantedPacket[]> {
  const byPayoutId = new Map(grants.map((grant) => [grant.payoutId, grant]));
  const existing = await book.existingPayouts([...byPayoutId.keys()]);
  return [...byPayoutId.values()].filter(({ payoutId }) => !existing.has(payoutId));
}

function toTransfer({ payoutId, campaignId, poolId, userId, amountFen, eventId }: GrantedPacket): Transfer {
  return {
    transferId: bookingIdOf(payoutId),
    debitAccount: ACCOUNTS.pool(campaignId, poolId),
    creditAccount: ACCOUNTS.user(userId),
    amountFen,
    kind: 'BOOK',
    campaignId,
    causationId: eventId,
  };
}

function toPayout(grant: GrantedPacket, isBooked: boolean): Payout {
  const { payoutId, campaignId, poolId, unitNo, generation, grabId, userId, amountFen } = grant;
  const state = isBooked ? 'BOOKED' : 'UNBOOKED';
  return { payoutId, campaignId, poolId, unitNo, generation, grabId, userId, amountFen, state, attempts: 0, asks: 0 };
}

const bookingIdOf = (payoutId: string): string => `book:${payoutId}`;
